"""verify_ledger: what is changed in the database behind the application's back is found and named; what is whole is not."""

import json
from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from ledger.kit.days import today
from ledger.seal.verifying import Fault, register_verifier
from risk.checklist.services import load_checklist
from risk.rules.drafts.services import begin, publish
from risk.rules.models import RuleVersion
from risk.rules.services import load_catalogue
from tests.builders import make_unit
from tests.risk.test_scoring import burst, take

pytestmark = [pytest.mark.django_db, pytest.mark.services]


def verified() -> tuple[int, dict[str, int], list[str]]:
    """(exit code, rows looked at by kind, the lines of the faults)."""
    told, code = StringIO(), 0
    try:
        call_command("verify_ledger", "--json", stdout=told)
    except SystemExit as ended:
        code = int(ended.code or 0)
    facts = json.loads(told.getvalue())
    return code, {name: one["rows"] for name, one in facts["verified"].items()}, facts["faults"]


@pytest.fixture(scope="module")
def instance(module_rows: Callable) -> None:
    """The shipped rules and checklist, one rule changed by people, and some business."""
    with module_rows():
        load_catalogue()
        load_checklist()
        make_unit(code="U1", kind="detachment")
        draft = begin(code="VIO-08", actor=None)
        publish(draft=draft, effective_from=today().replace(year=today().year + 1, month=1, day=1), author="a", publisher="b")
        take(burst(count=3))


def test_what_is_whole_is_no_fault(instance: None):
    code, rows, faults = verified()
    assert (code, faults) == (0, [])
    assert (rows["versions"], rows["rules"], rows["checklist"]) == (3, RuleVersion.objects.count(), 1)


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("UPDATE risk_ruleversion SET thresholds = '{{\"red\": 99}}' WHERE id = {version}", "rule VIO-08 v2"),
        ("UPDATE risk_ruleversion SET mode = 'off' WHERE id = {version}", "rule VIO-08 v2"),
        ("UPDATE risk_rule SET merge_days = 99 WHERE code = 'VIO-08'", "rule VIO-08 v"),
        ("UPDATE risk_ruleversion SET published_by = 'x' WHERE published_by = 'catalogue'", "rule "),
        ("UPDATE risk_ruleversion SET number = 9 WHERE id = {version}", "rule VIO-08"),
        ("UPDATE risk_checklistitem SET level = 'low' WHERE place = 1", "checklist v1"),
        ("UPDATE ledger_version SET text = text || ' '", "version "),
        ("UPDATE ledger_version SET leaf = '0'", "version "),
    ],
)
def test_what_is_changed_behind_the_back_is_found_and_named(instance: None, sql: str, named: str):
    version = RuleVersion.objects.get(rule__code="VIO-08", number=2)
    with connection.cursor() as cursor:
        cursor.execute(sql.format(version=version.pk))
    code, _rows, faults = verified()
    assert code == 1 and faults and all(fault.startswith(named) for fault in faults), faults


def test_two_verifiers_of_one_name_are_refused():
    with pytest.raises(ValueError, match="rules"):
        register_verifier("rules", lambda: iter([Fault("x", "错", "wrong")]))
