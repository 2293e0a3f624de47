"""Labels that are kept, evaluations that are ordered and worked: what is refused, what is written, what a dead worker leaves."""

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from ledger.audit.models import AuditEntry
from ledger.journal.models import Transaction
from ledger.kit.errors import BadInput, Conflict, NotAllowed, NotFound, TooLarge
from ledger.roster.models import Role, Unit
from risk.evaluation import running, services
from risk.evaluation.evaluate import LabelsUnreadable
from risk.evaluation.models import Evaluation, LabelSet
from risk.evaluation.queries import previous_done, rules_changed, with_previous
from risk.evaluation.running import run_evaluations
from risk.evaluation.services import keep_labels, order_evaluation
from risk.evaluation.simulate import scenarios
from risk.evaluation.simulate.scenarios import registered
from risk.evaluation.simulate.titles import TITLES, scenario_title
from risk.evaluation.simulate.ways import WAYS, way_title
from risk.rules.models import RuleVersion
from tests.builders import make_alert, make_rule, make_transaction, make_unit, make_user

pytestmark = pytest.mark.django_db
HEADER = "instance,scenario,subject_kind,subject_code,serials\n"
GOOD = HEADER + "1,bribe,staff,W,S0;S1\n2,theft,staff,L,S9\n3,lookalike:rush,staff,Q,X\n"


@pytest.fixture
def version() -> RuleVersion:
    """An alert on the labelled rows of one instance, and one on honest business."""
    unit = make_unit(kind="window")
    version, moment = make_rule("DJ-900"), datetime(2026, 3, 2, 2, tzinfo=UTC)
    known = [make_transaction(unit, serial_no=f"S{number}", accepted_at=moment + timedelta(days=number)) for number in range(2)]
    make_alert(unit, version=version, subject_code="W", evidence=known)
    make_alert(unit, version=version, subject_code="Q", evidence=[make_transaction(unit, serial_no="X", accepted_at=moment)])
    return version


def kept(text: str = GOOD, **fields: object) -> LabelSet:
    return keep_labels(**{"content": text.encode(), "name": "labels.csv", "source": "manual", "actor": None} | fields)


def worked(labels: LabelSet) -> Evaluation:
    made = order_evaluation(labels_id=labels.pk, actor=None)
    assert run_evaluations() == 1
    made.refresh_from_db()
    return made


@pytest.mark.services
def test_the_figures_are_kept_with_the_rules_in_force_and_the_rows_the_ledger_knows(version: RuleVersion):
    make_rule("DJ-901")
    one = worked(kept())
    assert (one.state, one.figures["recall"], one.figures["precision"]) == ("done", 0.5, 0.5)
    assert one.figures["lookalikes"]["lookalike:rush"]["hit"] == 1 and one.figures["silent_rules"] == ["DJ-901"]
    assert "false" not in one.figures and one.figures["by_scenario"]["bribe"]["rules"] == {"DJ-900": 1}
    assert (one.rows, one.rows_known) == (4, 3)
    assert [rule["code"] for rule in one.rules] == ["DJ-900", "DJ-901"] and len(one.rules_digest) == 64
    assert run_evaluations() == 0
    actions = list(AuditEntry.objects.order_by("id").values_list("action", "target"))
    assert actions == [("labels.kept", kept().sha256[:12]), ("evaluation.ordered", one.number), ("alerts.evaluated", one.number)]


def test_serial_numbers_are_those_of_the_source_that_was_said_and_the_same_of_another_find_nothing(version: RuleVersion):
    assert worked(kept(source="vms")).figures["recall"] == 0
    Transaction.objects.update(source="vms")
    assert worked(kept(source="vms")).figures["recall"] == 0.5
    assert worked(kept()).figures["recall"] == 0


@pytest.mark.services
def test_the_same_bytes_are_kept_once_for_a_source():
    assert kept() == kept() != kept(source="vms")
    assert kept(GOOD.replace("S1", "S2")) != kept() and LabelSet.objects.count() == 3
    assert (kept().deeds, kept().lookalikes) == (2, 1)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HEADER + "1,bribe,staff,W,A\n,theft,staff,L,B\n", "labels.csv, row 3: instance is empty"),
        (HEADER + "1,bribe,staff,W, ; \n", "row 2: serials is empty"),
        (HEADER + "1,bribe,staff,,A\n", "row 2: subject_code is empty"),
        (HEADER + "1,bribe,staff,W,A\n\n2,bribe,officer,W,A\n", "row 4: subject_kind is “officer”; it can be staff, post"),
        (HEADER + "1,bribe,staff,W,A\n1,theft,staff,L,B\n", "row 3: Instance 1 is both bribe and theft"),
        (HEADER + "1,bribe,staff\n", "row 2: subject_code is empty"),
        (HEADER, "no row below its heading"),
        ("instance,scenario\n1,bribe\n", "has no column subject_kind, subject_code, serials"),
        ("", "has no column instance"),
    ],
)
def test_labels_that_will_not_do_are_refused_with_the_row_and_nothing_is_kept(text: str, told: str, settings):
    settings.LANGUAGE_CODE = "en"
    with pytest.raises(LabelsUnreadable, match=told):
        kept(text)
    assert not LabelSet.objects.exists() and not AuditEntry.objects.exists()


def test_a_file_of_another_encoding_is_read_and_what_is_no_text_is_refused():
    assert kept(content=(HEADER + "甲,收钱放行,staff,W,A\n").encode("gb18030")).deeds == 1
    with pytest.raises(LabelsUnreadable):
        kept(content=b"PK\x03\x04\xff\xff\xff\x00")


def test_what_is_too_large_or_of_no_source_is_refused(monkeypatch):
    for source in (" ", "x" * 41):
        with pytest.raises(BadInput):
            kept(source=source)
    monkeypatch.setattr(services, "MAX_BYTES", 10)
    with pytest.raises(TooLarge):
        kept()


@pytest.mark.services
def test_only_who_keeps_or_audits_the_platform_for_all_orders(version: RuleVersion):
    root = Unit.objects.get()
    brigade = make_unit(parent=root)
    labels = kept()
    refused = [make_user(role, root) for role in Role.values if role not in (Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN)]
    for user in (*refused, make_user(Role.SYSTEM_ADMIN, brigade)):
        with pytest.raises(NotAllowed):
            order_evaluation(labels_id=labels.pk, actor=user)
        with pytest.raises(NotAllowed):
            kept(actor=user)
    for role in (Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN):
        user = make_user(role, root)
        assert order_evaluation(labels_id=labels.pk, actor=user, address="10.0.0.1").ordered_by == user
        assert AuditEntry.objects.latest("id").address == "10.0.0.1"
        run_evaluations()


@pytest.mark.services
def test_one_of_the_same_labels_at_a_time_and_none_of_labels_that_are_not_there():
    first, other = kept(), kept(source="vms")
    order_evaluation(labels_id=first.pk, actor=None)
    with pytest.raises(Conflict):
        order_evaluation(labels_id=first.pk, actor=None)
    assert order_evaluation(labels_id=other.pk, actor=None).labels == other
    with pytest.raises(NotFound):
        order_evaluation(labels_id=0, actor=None)


@pytest.mark.services
def test_a_worker_that_overslept_throws_its_figures_away(version: RuleVersion, monkeypatch):
    made = order_evaluation(labels_id=kept().pk, actor=None)
    honest = running.figures_of

    def slow(*args: object, **named: object) -> object:
        monkeypatch.setattr(running, "figures_of", honest)
        Evaluation.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        assert run_evaluations() == 1  # another worker, in the meantime
        return honest([], source="manual")

    monkeypatch.setattr(running, "figures_of", slow)
    assert run_evaluations() == 0
    made.refresh_from_db()
    assert (made.state, made.figures["instances"], made.starts) == ("done", 2, 2)


@pytest.mark.services
def test_an_evaluation_is_one_workers_at_a_time_and_begun_anew_when_it_died(version: RuleVersion):
    made = order_evaluation(labels_id=kept().pk, actor=None)
    Evaluation.objects.update(state="running", starts=1, token="gone", lease_until=timezone.now() + timedelta(minutes=1))
    assert run_evaluations() == 0
    Evaluation.objects.update(lease_until=timezone.now() - timedelta(minutes=1))
    assert run_evaluations() == 1
    made.refresh_from_db()
    assert made.state == "done"


@pytest.mark.services
def test_one_that_breaks_off_again_and_again_is_given_up(monkeypatch):
    made = order_evaluation(labels_id=kept().pk, actor=None)

    def breaks(*args: object, **named: object) -> None:
        raise MemoryError

    monkeypatch.setattr(running, "figures_of", breaks)
    for _stroke in range(running.STARTS):
        with pytest.raises(MemoryError):
            run_evaluations()
    assert run_evaluations() == 0
    made.refresh_from_db()
    assert (made.state, made.figures) == ("failed", None)
    assert AuditEntry.objects.latest("id").action == "evaluation.failed"
    order_evaluation(labels_id=made.labels_id, actor=None)


@pytest.mark.services
def test_the_one_before_is_the_last_with_figures_of_the_same_labels_and_changed_rules_are_named(version: RuleVersion):
    labels = kept()
    first, other = worked(labels), worked(kept(source="vms"))
    make_rule("DJ-900", number=2, digest="1" * 64)
    make_rule("DJ-902")
    second = worked(labels)
    waiting = order_evaluation(labels_id=labels.pk, actor=None)
    assert (previous_done(first), previous_done(other), previous_done(second), previous_done(waiting)) == (None, None, first, second)
    page = [waiting, second, other, first]
    assert with_previous(page) == [(one, previous_done(one)) for one in page]
    assert with_previous(page[:2]) == [(waiting, second), (second, first)]
    assert rules_changed(first, second) == [("DJ-900", 1, 2), ("DJ-902", None, 1)]
    assert rules_changed(second, first) == [("DJ-900", 2, 1), ("DJ-902", 1, None)]
    assert first.rules_digest == other.rules_digest != second.rules_digest


def test_every_scenario_of_the_simulator_has_a_title_and_other_names_stay_as_they_are():
    assert set(TITLES) == set(registered())
    assert scenario_title("甲类") == "甲类" and scenario_title("passes_sold") != "passes_sold"


def test_every_way_the_simulator_plays_has_a_title_and_other_names_stay_as_they_are():
    played = {one.value for path in Path(scenarios.__file__).parent.glob("*.py") for one in _ways(ast.parse(path.read_text("utf-8")))}
    assert played <= set(WAYS) and len(played) > 90
    assert way_title("别的办法") == "别的办法" and way_title("by_turns") != "by_turns"


def _ways(module: ast.Module) -> list[ast.Constant]:
    """What is named where a scenario asks for its way."""
    calls = [node for node in ast.walk(module) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    named = [one for call in calls if call.func.attr in {"way", "vary", "partners"} for one in call.args]
    return [one for one in named if isinstance(one, ast.Constant)]
