"""Instances made before the migrations were merged, and the operation that makes many tables."""

from collections.abc import Iterator

import pytest
from django.db import connection, migrations, models
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ModelState, ProjectState
from django.test import override_settings

from ledger.kit.tables import CreateModels
from oversight.management.commands.prepare import CANNOT_START, refuse_what_is_half_migrated

# What instances made until 2026-11-27 have in django_migrations.
NAMES = {
    "ledger": "initial other_kinds api_tokens intake_for_real daily_counts ledger holds",
    "risk": "initial reaches closing suppressions coverage lanes_rest checklist sweeps evaluations recusal acts handling rule_drafts"
    " revisions",
    "oversight": "wall duty list cases casework orders measures breakers documents aftercare cycle notices",
}
MERGED = [(app, f"{number:04}_{name}") for app, names in NAMES.items() for number, name in enumerate(names.split(), start=1)]


@pytest.fixture
def applied(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[tuple[str, str], None]]:
    """What the database has run, to be changed by the test: at first all that was merged."""
    run = dict.fromkeys(MERGED)
    monkeypatch.setattr(MigrationRecorder, "applied_migrations", lambda recorder: dict(run))
    # The suite runs without migrations; here they are what is spoken of.
    with override_settings(MIGRATION_MODULES={}):
        yield run


def test_an_instance_that_ran_all_that_was_merged_makes_no_table_again(applied: dict[tuple[str, str], None]) -> None:
    refuse_what_is_half_migrated()

    executor = MigrationExecutor(connection)
    planned = {(one.app_label, one.name) for one, _backwards in executor.migration_plan(executor.loader.graph.leaf_nodes())}
    assert planned.isdisjoint(executor.loader.replacements)
    assert {app for app, _name in executor.loader.replacements} == set(NAMES)


@pytest.mark.parametrize("lacking", MERGED, ids=".".join)
def test_one_that_lacks_some_is_refused_with_what_to_do(
    applied: dict[tuple[str, str], None], lacking: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    del applied[lacking]

    with pytest.raises(SystemExit) as ended:
        refuse_what_is_half_migrated()
    assert ended.value.code == CANNOT_START
    assert lacking[0] in (told := capsys.readouterr().err) and "prepare" in told


def test_a_new_one_is_not_refused(applied: dict[tuple[str, str], None]) -> None:
    applied.clear()

    refuse_what_is_half_migrated()


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_tables_are_made_together_though_each_references_the_other_and_taken_away_again(monkeypatch: pytest.MonkeyPatch) -> None:
    key = ("id", models.BigAutoField(primary_key=True))
    hen = migrations.CreateModel("Hen", [key, ("egg", models.ForeignKey("ledger.egg", models.PROTECT, null=True))])
    egg = migrations.CreateModel("Egg", [key, ("hen", models.ForeignKey("ledger.hen", models.PROTECT, null=True))])
    together, empty, rendered, render = CreateModels([hen, egg]), ProjectState(), list[str](), ModelState.render
    monkeypatch.setattr(ModelState, "render", lambda state, apps: rendered.append(state.name) or render(state, apps))
    assert not empty.apps.get_models()  # rendered, as it is when a migration begins
    full = empty.clone()
    together.state_forwards("ledger", full)

    with connection.schema_editor() as editor:
        together.database_forwards("ledger", editor, empty, full)
    try:
        assert sorted(rendered) == ["Egg", "Hen"]
        hens, eggs = (full.apps.get_model("ledger", name).objects for name in ("Hen", "Egg"))
        eggs.create(hen=hens.create())
        assert hens.get().egg_set.count() == 1
    finally:
        with connection.schema_editor() as editor:
            together.database_backwards("ledger", editor, full, empty)
    assert not {"ledger_hen", "ledger_egg"} & set(connection.introspection.table_names())
