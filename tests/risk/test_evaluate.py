"""When an alert finds an instance, clause by clause, and what the figures make of it."""

import json
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from ledger.complaints.models import Complaint
from risk.alerts.models import Alert, AlertEvidence
from risk.evaluation.evaluate import Instance, LabelsUnreadable, Raised, evaluated, match, read_labels, telling
from risk.evaluation.evaluate.gather import raised
from tests.builders import make_alert, make_rule, make_transaction, make_unit

WANG, LI = ("staff", "W"), ("staff", "L")
DAY = date(2026, 3, 2)
HEADER = "instance,scenario,subject_kind,subject_code,serials\n"


def rows(letter: str, n: int) -> list[str]:
    return [f"{letter}{number}" for number in range(n)]


def deed(
    name: str = "1", *, n: int = 10, subjects: tuple[tuple[str, str], ...] = (WANG,), scenario: str = "bribe", effect: str = ""
) -> Instance:
    return Instance(name, scenario, frozenset(subjects), frozenset(rows(f"{name}-", n)), effect)


def alert(*evidence: str, number: str = "A", matter: str = "", subject: tuple[str, str] = LI, rule: str = "R-1", **told: object) -> Raised:
    return Raised(number, matter or f"M{number}", rule, subject, frozenset(evidence), **told)


def finds(one: Raised, instance: Instance) -> bool:
    return any(overlap.finds for overlap in match([one], [instance]))


@pytest.mark.parametrize(
    ("own", "other", "subject", "found"),
    [
        (2, 8, WANG, True),  # a fifth of the evidence, and the subject
        (1, 5, WANG, False),  # less than a fifth does not, though the subject does
        (2, 8, LI, False),  # a fifth, but somebody else and little of the instance
        (5, 20, LI, True),  # a fifth, and half of the instance's rows
        (4, 16, LI, False),  # a fifth, and less than half of them
        (5, 21, LI, False),  # half of the instance, but less than a fifth of the evidence
        (1, 1, LI, True),  # half of the evidence, whoever it is about
        (1, 2, LI, False),
        (0, 3, WANG, False),  # the subject alone is nothing
    ],
)
def test_each_clause_of_the_matching_rule(own, other, subject, found) -> None:
    one = alert(*rows("1-", 10)[:own], *rows("elsewhere", other), subject=subject)
    assert finds(one, deed()) is found


def test_any_subject_of_an_instance_counts_but_only_of_its_kind() -> None:
    instance = deed(subjects=(WANG, ("agency", "S")))
    evidence = (*rows("1-", 2), *rows("elsewhere", 8))
    assert finds(alert(*evidence, subject=("agency", "S")), instance)
    assert not finds(alert(*evidence, subject=("agent", "S")), instance)


def test_one_alert_may_find_two_instances_and_an_instance_may_be_found_twice() -> None:
    both = alert(*rows("1-", 5), *rows("2-", 5))
    figures = evaluated([deed("1"), deed("2"), deed("3")], [both, alert("1-1", number="B")], transactions=1000)
    assert (figures.found, figures.instances, figures.recall) == (2, 3, 0.6667)
    assert (figures.true_alerts, figures.false_alerts) == (2, 0)
    assert figures.by_rule["R-1"]["scenarios"] == {"bribe": 2}


def test_precision_counts_matters_and_false_alerts_are_per_ten_thousand() -> None:
    alerts = [
        alert("1-1", number="A", matter="M1"),
        alert("x", number="B", matter="M1"),  # false, but its matter is right
        alert("y", number="C", matter="M2"),
        alert("z", number="D", matter="M3"),
    ]
    figures = evaluated([deed("1")], alerts, transactions=20_000)
    assert (figures.matters, figures.true_matters, figures.precision) == (3, 1, 0.3333)
    assert (figures.false_alerts, figures.false_per_10000, figures.alert_precision) == (3, 1.5, 0.25)
    assert figures.crying_rules == ["R-1"]


def test_matters_that_stand_in_one_row_of_the_list_count_once_as_rows() -> None:
    alerts = [
        alert("1-1", number="A", matter="M1", group="M1"),
        alert("x", number="B", matter="M2", group="M1"),  # false, about the same business
        alert("y", number="C", matter="M3", group="M3"),
    ]
    figures = evaluated([deed("1")], alerts, transactions=20_000)
    assert (figures.matters, figures.true_matters) == (3, 1)
    assert (figures.groups, figures.true_groups, figures.group_precision) == (2, 1, 0.5)


@pytest.mark.django_db
def test_alerts_about_the_same_business_are_one_group_of_the_database() -> None:
    unit = make_unit()
    shared = [make_transaction(unit) for _number in range(3)]
    officer, agency = make_alert(unit, evidence=shared), make_alert(unit, evidence=shared, subject_code="A1")
    apart = make_alert(unit, evidence=[make_transaction(unit)])
    group = {one.number: one.group for one in raised()}
    assert group[officer.number] == group[agency.number] != group[apart.number] == apart.matter.number


def test_an_alert_on_a_look_alike_is_counted_apart_and_makes_no_matter_right() -> None:
    honest = deed("9", scenario="lookalike:fleet")
    figures = evaluated([deed("1"), honest], [alert("9-1"), alert("9-2", "1-1", number="B")], transactions=1000)
    assert figures.lookalikes == {"lookalike:fleet": {"instances": 1, "hit": 1, "alerts": 1, "rules": {"R-1": 1}}}
    assert (figures.instances, figures.lookalike_alerts, figures.false_alerts, figures.true_alerts) == (1, 1, 0, 1)
    assert (figures.precision, figures.by_rule["R-1"]["lookalike"]) == (0.5, 1)


def test_delay_is_from_the_first_row_to_the_first_hit_and_to_the_alert() -> None:
    spoken = [
        alert("1-1", number="A", first_day=DAY + timedelta(6), raised_on=DAY + timedelta(9)),
        alert("1-2", number="B", first_day=DAY + timedelta(4), raised_on=DAY + timedelta(20)),
    ]
    figures = evaluated([deed("1")], spoken, transactions=10, days={"1-0": DAY, "1-9": DAY + timedelta(3)})
    assert figures.days_to_hit == {"median": 4, "max": 4} and figures.days_to_raise == {"median": 9, "max": 9}
    told = {"instances": 1, "found": 1, "recall": 1.0, "days_to_hit": 4, "rules": {"R-1": 1}, "by_effect": {}, "by_variant": {}}
    assert figures.by_scenario["bribe"] == told
    unknown = evaluated([deed("1")], spoken, transactions=10)
    assert unknown.days_to_hit == {"median": None, "max": None}


def test_misses_tell_what_came_nearest_and_rules_in_force_that_were_silent() -> None:
    far = alert("1-1", *rows("x", 9), rule="R-2")
    figures = evaluated([deed("1")], [far], transactions=10, rules_in_force=["R-1", "R-2"])
    near = [{"rule": "R-2", "share": 0.1, "cover": 0.1, "own_subject": False}]
    assert figures.missed == [{"instance": "1", "scenario": "bribe", "rows": 10, "near": near}]
    assert figures.silent_rules == ["R-1"]


def test_recall_by_size_of_effect_where_the_labels_give_it() -> None:
    figures = evaluated([deed("1", effect="0.5"), deed("2", effect="1.0"), deed("3", effect="1.0")], [alert("2-1")], transactions=10)
    assert {size: entry["recall"] for size, entry in figures.by_effect.items()} == {"0.5": 0.0, "1.0": 0.5}
    assert figures.by_scenario["bribe"]["by_effect"] == figures.by_effect


def test_recall_by_the_way_it_was_done_where_the_name_tells_one() -> None:
    figures = evaluated([deed("1.bold"), deed("2.careful"), deed("3.careful"), deed("4")], [alert("2.careful-1")], transactions=10)
    told = {way: (entry["found"], entry["instances"]) for way, entry in figures.by_scenario["bribe"]["by_variant"].items()}
    assert told == {"bold": (0, 1), "careful": (1, 2)}
    assert ".careful" in (lines := "".join(telling.told(figures).split())) and "1/2" in lines


def test_nothing_at_all_has_no_shares() -> None:
    figures = evaluated([], [], transactions=0)
    assert (figures.recall, figures.precision, figures.false_per_10000) == (None, None, None)


def test_rows_of_one_instance_add_subjects_and_serials(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(
        "\ufeff" + HEADER + "7,bribe,staff,W,A;B\n7,bribe,agency,S,B; C;\n8,lookalike:rush,unit,U,complaint:T1\n", encoding="utf-8"
    )
    first, second = read_labels(path)
    assert first.subjects == {WANG, ("agency", "S")} and first.rows == {"A", "B", "C"} and not first.lookalike
    assert second.lookalike and second.rows == {"T1"}


@pytest.mark.parametrize("text", ["instance,scenario\n1,bribe\n", HEADER + "1,bribe,staff,W,A\n1,theft,staff,L,B\n"])
def test_a_file_that_is_no_labels_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "labels.csv").write_text(text, encoding="utf-8")
    with pytest.raises(LabelsUnreadable):
        read_labels(tmp_path / "labels.csv")


def run(*args: str) -> str:
    out = StringIO()
    call_command("evaluate", *args, stdout=out)
    return out.getvalue()


@pytest.fixture
def judged(tmp_path: Path) -> Path:
    """An alert on the labelled rows, a false one, and one that was withdrawn; labels beside them."""
    unit = make_unit(kind="window")
    version, moment = make_rule("DJ-900", merge_days=30), datetime(2026, 3, 2, 2, tzinfo=UTC)
    known = [make_transaction(unit, serial_no=f"S{number}", accepted_at=moment + timedelta(days=number)) for number in range(4)]
    other = make_transaction(unit, serial_no="X", accepted_at=moment)
    make_alert(unit, version=version, subject_code="W", evidence=known[2:])
    make_alert(unit, version=version, subject_code="L", evidence=[other])
    make_alert(unit, version=version, subject_code="Q", evidence=[other], status=Alert.Status.WITHDRAWN)
    path = tmp_path / "labels.csv"
    path.write_text(HEADER + "1,bribe,staff,W,S0;S1;S2;S3\n2,theft,staff,L,S9\n", encoding="utf-8")
    return path


@pytest.mark.django_db
@pytest.mark.services
def test_the_command_tells_figures_of_what_stands(judged, tmp_path) -> None:
    facts = json.loads(run(str(judged), "--json", "-o", str(tmp_path / "figures.json")))
    assert (facts["recall"], facts["precision"], facts["alerts"], facts["transactions"]) == (0.5, 0.5, 2, 5)
    assert facts["by_scenario"]["bribe"]["recall"] == 1.0 and facts["by_scenario"]["theft"]["recall"] == 0.0
    assert facts["by_scenario"]["bribe"]["days_to_hit"] == 2 and facts["by_rule"]["DJ-900"]["false"] == 1
    assert json.loads((tmp_path / "figures.json").read_text(encoding="utf-8")) == facts


@pytest.mark.django_db
def test_the_text_comes_in_both_languages(judged) -> None:
    assert "recall 50.0%" in run(str(judged), "--lang", "en")
    assert "召回率 50.0%" in run(str(judged), "--lang", "zh-hans")


@pytest.mark.django_db
def test_complaints_are_evidence_under_their_number_with_and_without_the_word(tmp_path) -> None:
    unit = make_unit()
    version = make_rule("DJ-901", merge_days=30)
    version.rule.frame = "complaints"
    version.rule.save()
    complaint = Complaint.objects.create(
        source="manual",
        complaint_no="T1",
        received_at=datetime(2026, 3, 2, tzinfo=UTC),
        channel="12345",
        unit_code=unit.code,
        arrived_at=datetime(2026, 3, 2, tzinfo=UTC),
    )
    AlertEvidence.objects.create(alert=make_alert(unit, version=version), row_id=complaint.pk)
    for name in ("T1", "complaint:T1"):
        (tmp_path / "labels.csv").write_text(HEADER + f"1,suppressed,unit,U,{name}\n", encoding="utf-8")
        assert json.loads(run(str(tmp_path / "labels.csv"), "--json"))["recall"] == 1.0


@pytest.mark.django_db
def test_labels_that_cannot_be_read_end_with_code_two(tmp_path) -> None:
    with pytest.raises(CommandError) as refused:
        run(str(tmp_path / "nothing.csv"))
    assert refused.value.returncode == 2
    (tmp_path / "labels.csv").write_text("a,b\n", encoding="utf-8")
    with pytest.raises(CommandError) as refused:
        run(str(tmp_path / "labels.csv"))
    assert refused.value.returncode == 2
