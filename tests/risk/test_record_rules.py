"""Rules about rows that are no transactions: rejected rows left lying, complaints, impounds, cases; marked, named and withdrawn as such."""

import re
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from ledger.audit.services import record
from ledger.intake.models import Quarantined
from ledger.intake.services import take_records
from ledger.journal.models import Delivery
from ledger.kit.days import SHANGHAI, event_day, today
from ledger.roster.models import Posting, Staff, Unit
from risk import frames
from risk.alerts.exports import alert_rows
from risk.alerts.models import Alert, Hit
from risk.detectors.parts import shapes
from risk.detectors.parts.shapes import Shape, base_frames, shape
from risk.rules.services import load_catalogue
from risk.rules.shipped import FOLDER, CatalogueError, read
from risk.scoring.closing import close_days
from risk.scoring.marks import mark_everything
from risk.scoring.models import DirtyMark
from risk.scoring.plan import Range
from risk.scoring.services import score_pending
from risk.sweeps.planning import history
from tests import builders
from tests.ledger.filing import found_town, make_clerk, row, tell
from tests.risk.test_catalogue import RULE, ship

pytestmark = [pytest.mark.django_db, pytest.mark.services]
AT = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
SCOPE = {"line": "common", "lines": [], "unit": "item", "effective_from": AT.date() - timedelta(days=400)}


@pytest.fixture(autouse=True)
def town(db):
    found_town()


def rejected(count: int = 1, *, at: datetime = AT, staff_no: str = "070001", unit_code: str = "D1", **fields: object) -> list[Quarantined]:
    """Rejected rows of one file that have lain since `at`."""
    delivery = Delivery.objects.create(source="manual", kind="transactions", name="march.csv")
    made = [
        Quarantined(
            delivery=delivery,
            source="manual",
            kind="transactions",
            row=number + 2,
            column="amount",
            value="2oo",
            reason="bad_amount",
            content={},
            unit_code=unit_code,
            staff_no=staff_no,
            first_seen_at=at,
            **fields,
        )
        for number in range(count)
    ]
    return Quarantined.objects.bulk_create(made)


def score(as_of: datetime) -> None:
    close_days(as_of=as_of, again=True)
    score_pending(as_of=as_of)


def rule(code: str, frame: str, **version: object):
    made = builders.make_rule(code, **{**SCOPE, **version})
    type(made.rule).objects.filter(pk=made.rule_id).update(frame=frame)
    return made


def test_a_rejected_row_left_lying_becomes_its_handlers_alert_which_grows_graver_and_goes_when_it_is_settled():
    load_catalogue()
    rows = rejected(2)
    score(AT + timedelta(days=4))
    assert not Alert.objects.exists()
    score(AT + timedelta(days=6))
    alert = Alert.objects.get()
    assert (alert.rule.code, alert.subject_code, alert.unit.code, alert.level, alert.observed) == ("COM-61", "070001", "D1", "blue", 6.0)
    assert list(alert_rows())[0]["evidence_serials"] == ";".join(f"quarantine:{one.pk}" for one in rows)
    assert alert.numbers["count"] == 2 and alert.line == "common"
    score(AT + timedelta(days=41))
    alert.refresh_from_db()
    assert (alert.level, alert.observed, alert.evidence_count) == ("red", 41.0, 2)
    Quarantined.objects.update(state=Quarantined.State.CORRECTED, settled_at=timezone.now())
    score(AT + timedelta(days=42))
    alert.refresh_from_db()
    assert alert.status == Alert.Status.WITHDRAWN


def test_a_corrected_row_takes_its_alert_back_at_once_and_does_not_wait_for_midnight():
    load_catalogue()
    tell(row(amount="2oo"))
    Quarantined.objects.update(first_seen_at=timezone.now() - timedelta(days=6))
    score(timezone.now())
    alert = Alert.objects.get(rule__code="COM-61")
    tell(row(amount="200"))
    assert DirtyMark.objects.filter(rule_code="COM-61").exists()
    score_pending()
    alert.refresh_from_db()
    assert alert.status == Alert.Status.WITHDRAWN


def test_rows_that_name_nobody_on_the_roster_are_their_units_and_rows_that_name_no_unit_the_detachments():
    load_catalogue()
    rejected(1, staff_no="999999")
    rejected(1, staff_no="", unit_code="")
    score(AT + timedelta(days=12))
    assert sorted(Alert.objects.values_list("rule__code", "subject_code", "level")) == [
        ("COM-62", "D1", "yellow"),
        ("COM-62", "ZD", "yellow"),
    ]


def test_a_heap_of_rejected_rows_is_an_alert_of_the_unit():
    load_catalogue()
    rejected(21)
    score(AT + timedelta(days=4))
    alert = Alert.objects.get()
    assert (alert.rule.code, alert.subject_code, alert.observed) == ("COM-63", "D1", 21.0)


def test_a_row_that_intake_rejects_is_a_row_of_the_frame():
    tell(row(amount="2oo"))
    made = Quarantined.objects.get()
    request = frames.Request(("id", "day", "unit", "reason"), (), today(), today(), base="quarantine")
    frame = frames.load({"quarantine": request.columns}, lines=(), first_day=today(), last_day=today(), base="quarantine")["quarantine"]
    assert frame["id"].tolist() == [made.pk] and frame["reason"].tolist() == ["bad_amount"]


def complaint(number: int, at: datetime, **fields: str) -> dict[str, str]:
    base = {
        "complaint_no": f"C{number}",
        "received_at": f"{at:%Y-%m-%d %H:%M}",
        "channel": "12345",
        "unit_code": "D1",
        "staff_no": "070001",
    }
    return base | fields


def test_complaints_are_rows_of_rules_and_a_changed_complaint_changes_hits_by_its_old_and_new_picture():
    rule("T-COM", "complaints", subject_column="staff", detector="frequency", window_days=30, thresholds={"blue": 2})
    take_records(kind="complaints", records=[complaint(1, AT), complaint(2, AT + timedelta(days=3))], source="manual")
    assert DirtyMark.objects.filter(rule_code="T-COM").exists()
    score_pending()
    alert = Alert.objects.get()
    assert (alert.subject_code, alert.unit.code) == ("070001", "D1")
    assert list(alert_rows())[0]["evidence_serials"] == "complaint:C1;complaint:C2"
    take_records(kind="complaints", records=[complaint(2, AT + timedelta(days=90))], source="manual")
    score_pending()
    alert.refresh_from_db()
    assert alert.status == Alert.Status.WITHDRAWN and not Hit.objects.filter(live=True).exists()


def test_a_third_complaint_about_one_person_within_ninety_days_is_an_alert():
    load_catalogue()
    take_records(
        kind="complaints",
        records=[complaint(1, AT), complaint(2, AT + timedelta(days=89)), complaint(7, AT + timedelta(days=90))],
        source="manual",
    )
    take_records(kind="complaints", records=[complaint(3, AT + timedelta(days=90), staff_no="070002")], source="manual")
    take_records(kind="complaints", records=[complaint(n, AT, staff_no="") for n in (4, 5)], source="manual")
    score_pending()
    assert not Alert.objects.filter(rule__code="COM-14").exists()
    take_records(kind="complaints", records=[complaint(6, AT + timedelta(days=91))], source="manual")
    score_pending()
    alert = Alert.objects.get(rule__code="COM-14")
    assert (alert.subject_code, alert.level, alert.observed) == ("070001", "yellow", 3.0)
    assert [told["evidence_serials"] for told in alert_rows() if told["rule_code"] == "COM-14"] == [
        "complaint:C2;complaint:C7;complaint:C6"
    ]


def test_complaints_that_rise_in_one_unit_only_are_a_hit_in_shadow(tmp_path):
    rising = re.search(r'\[\[rule\]\]\ncode = "COM-13".*?(?=\[\[rule\]\])', (FOLDER / "common.toml").read_text(encoding="utf-8"), re.DOTALL)
    load_catalogue(folder=ship(tmp_path, rising[0], "common.toml"))
    units = ["D1", *(f"D{number}" for number in range(2, 9))]
    for code in units[1:]:
        Unit.objects.add_child(Unit.objects.get(code="ZD"), {"code": code, "name": f"{code}大队", "kind": "brigade"})
    weekly = [(code, week) for code in units for week in range(52)]
    risen = [("D1", week) for week in range(13) for _ in range(3)]
    records = [
        complaint(number, AT - timedelta(days=1 + 7 * week), unit_code=code, staff_no="")
        for number, (code, week) in enumerate([*weekly, *risen])
    ]
    take_records(kind="complaints", records=records, source="manual")
    score(AT)
    hits = Hit.objects.filter(rule__code="COM-13", live=True)
    assert {hit.subject_code for hit in hits} == {"D1"}
    assert hits.latest("day").numbers["count"] == 52
    assert not Alert.objects.filter(rule__code="COM-13").exists()


def test_an_impound_is_a_row_on_the_day_of_its_transaction_whichever_came_first():
    rule(
        "T-IMP",
        "impounds",
        subject_column="handler",
        detector="deadline",
        unit="day",
        window_days=1,
        thresholds={"blue": 1},
        params={"due": "due_at", "end": "released_at", "metric": "value"},
    )
    impound = {"serial_no": "T1", "due_at": f"{AT + timedelta(days=30):%Y-%m-%d %H:%M}", "lot": "一号场"}
    take_records(kind="impounds", records=[impound], source="manual")
    score(AT + timedelta(days=35))
    assert not Hit.objects.exists()
    tell(row(action="impound"))
    score_pending(as_of=AT + timedelta(days=35))
    hit = Hit.objects.get(live=True)
    assert (hit.subject_code, hit.day, hit.observed) == ("070001", AT.date(), 5.0)
    released = impound | {"released_at": f"{AT + timedelta(days=20):%Y-%m-%d %H:%M}"}
    take_records(kind="impounds", records=[released], source="manual")
    score_pending(as_of=AT + timedelta(days=36))
    assert not Hit.objects.filter(live=True).exists()
    assert list(alert_rows())[0]["evidence_serials"] == "impound:T1"


def test_cases_of_discipline_tell_their_days_too():
    rule("T-DIS", "discipline", subject_column="staff", detector="frequency", window_days=30, thresholds={"blue": 1})
    case = {"case_no": "X1", "decided_at": "2026-03-02", "staff_no": "070001", "unit_code": "D1", "prohibition": "1"}
    take_records(kind="violations_of_discipline", records=[case], source="manual")
    with time_machine.travel(AT, tick=False):
        record("alerts.exported", actor=make_clerk(), target="open")
    score_pending()
    assert [row["evidence_serials"] for row in alert_rows()] == ["discipline:X1"]
    assert Alert.objects.get().first_at == datetime(2026, 3, 2, tzinfo=SHANGHAI)


def posted(start: str, end: str = "", *, post: str = "S1", staff_no: str = "070001") -> dict[str, str]:
    return {"staff_no": staff_no, "post_code": post, "unit_code": "D1", "start_date": start, "end_date": end}


def test_who_holds_one_sensitive_post_too_long_is_a_hit_that_a_few_days_away_do_not_undo_and_a_rotation_does():
    load_catalogue()
    posts = [
        {"code": "S1", "name": "登记审核", "sensitive": "1"},
        {"code": "S2", "name": "考试", "sensitive": "1"},
        {"code": "P1", "name": "导办"},
    ]
    take_records(kind="posts", records=posts, source="manual")
    held = [
        posted("2023-03-02", "2024-03-01"),
        posted("2024-04-01"),
        posted("2023-03-02", post="P1", staff_no="070004"),
        posted("2023-03-02", "2024-03-01", staff_no="070002"),
        posted("2024-03-02", post="S2", staff_no="070002"),
        posted("2023-03-02", "2024-03-01", staff_no="070003"),
        posted("2024-04-02", staff_no="070003"),
    ]
    take_records(kind="postings", records=held, source="manual")
    assert DirtyMark.objects.filter(rule_code="COM-64").exists()
    score(datetime(2025, 8, 30, tzinfo=SHANGHAI))
    assert not Hit.objects.filter(rule__code="COM-64").exists()
    score(datetime(2025, 8, 31, tzinfo=SHANGHAI))
    hit = Hit.objects.get(rule__code="COM-64", live=True)
    assert (hit.subject_code, f"{hit.day}", hit.level, hit.observed) == ("070001", "2023-03-02", "blue", 913.0)
    assert frames.base("tenures").names(list(hit.evidence)) == ["posting:070001/S1/D1/2023-03-02"]
    assert not Alert.objects.exists(), "a rule in shadow raises none"
    score(AT)
    assert Hit.objects.get(rule__code="COM-64", live=True).level == "yellow"
    take_records(kind="postings", records=[posted("2024-04-01", "2024-12-31")], source="manual")
    score(AT + timedelta(days=1))
    assert not Hit.objects.filter(rule__code="COM-64", live=True).exists(), "it ended before the term had run out"


def test_a_tenure_is_as_fresh_as_its_posting_was_when_it_was_first_told():
    take_records(kind="posts", records=[{"code": "S1", "name": "登记审核", "sensitive": "1"}], source="manual")
    with time_machine.travel(AT, tick=False):
        take_records(kind="postings", records=[posted("2023-03-02"), posted("2026-02-25", staff_no="070002")], source="manual")
    facts = frames.base("tenures").facts(list(Posting.objects.values_list("pk", flat=True)))
    assert {one.people: one.fresh for one in facts.values()} == {("070001",): False, ("070002",): True}


def test_a_change_of_complaints_does_not_stir_rules_about_transactions():
    builders.make_rule("T-TRA", line="violation")
    tell(row())
    score_pending()
    take_records(kind="complaints", records=[complaint(1, AT)], source="manual")
    assert not DirtyMark.objects.exists()


def test_evidence_of_a_record_is_not_taken_for_the_transaction_of_that_id():
    rule("T-COM", "complaints", subject_column="staff", detector="frequency", window_days=30, thresholds={"blue": 1})
    tell(row())
    take_records(kind="complaints", records=[complaint(1, AT)], source="manual")
    score_pending()
    alert = Alert.objects.get()
    assert alert.evidence.get().row_id > 0
    assert not Alert.objects.filter(rule__frame="transactions").exists()


def test_every_frame_a_rule_may_be_about_has_what_the_engine_asks_of_it():
    assert set(frames.bases()) <= set(base_frames()) & set(frames.names())
    rule("T-COM", "complaints", subject_column="staff", detector="frequency", window_days=30, thresholds={"blue": 1})
    Staff.objects.create(staff_no="070009", name="赵某", kind="officer", unit_code="D1")
    rejected(1)
    take_records(kind="complaints", records=[complaint(1, AT)], source="manual")
    tell(row(action="impound"))
    take_records(kind="impounds", records=[{"serial_no": "T1"}], source="manual")
    case = {"case_no": "X1", "decided_at": "2026-03-02", "staff_no": "070001", "unit_code": "D1"}
    take_records(kind="violations_of_discipline", records=[case], source="manual")
    take_records(kind="posts", records=[{"code": "S1", "name": "登记审核", "sensitive": "1"}], source="manual")
    take_records(kind="postings", records=[posted(f"{AT:%Y-%m-%d}")], source="manual")
    with time_machine.travel(AT, tick=False):
        record("alerts.exported", actor=make_clerk(), target="open")
    score_pending()
    for name in set(frames.bases()) - {"transactions"}:
        wanted = (*shape(name).columns, "id", "tie", "day", "line", "accepted_at", "unit", "source")
        days = {"first_day": AT.date(), "last_day": AT.date()}
        loaded = frames.load({name: wanted}, lines=(), base=name, **days)[name]
        assert set(wanted) <= set(loaded) and len(loaded) == 1, name
        assert loaded["day"].tolist() == [(event_day(AT) - event_day(datetime(1970, 1, 1, tzinfo=SHANGHAI))).days]
        nothing = frames.load({name: wanted}, lines=(), base=name, first_day=today(), last_day=today())[name]
        assert nothing.dtypes.to_dict() == loaded.dtypes.to_dict() or nothing.empty
        for kind, columns in shape(name).subjects.items():
            for column in columns:
                assert frames.base(name).subjects(loaded["id"].tolist(), column), (name, kind)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('subject_column = "handler"', 'subject_column = "handler"\nframe = "clouds"', "REG-99: there is no frame 'clouds'"),
        ('subject_column = "handler"', 'subject_column = "handler"\nframe = "complaints"', "does not name a staff in the frame complaints"),
        (
            'subject_column = "handler"',
            'subject_column = "staff"\nframe = "complaints"',
            "reads 'agency', which is no column of complaints",
        ),
    ],
)
def test_a_rule_about_a_frame_names_what_its_rows_have(tmp_path, old, new, message):
    with pytest.raises(CatalogueError, match=message):
        read(ship(tmp_path, RULE.replace(old, new)))


def test_a_rule_about_rows_that_nobody_brings_yet_ships_off_and_is_swept_without_harm(tmp_path, monkeypatch):
    monkeypatch.setattr(shapes, "_shapes", {**shapes._shapes, "clouds": Shape(frozenset({"staff", "agency"}), {"staff": ("staff",)})})
    text = RULE.replace('subject_column = "handler"', 'subject_column = "staff"\nframe = "clouds"')
    with pytest.raises(CatalogueError, match="nobody brings the rows of clouds yet"):
        read(ship(tmp_path, text))
    load_catalogue(folder=ship(tmp_path, text.replace('mode = "live"', 'mode = "off"\nmode_reason = "等待接入"')))
    tell(row())
    mark_everything()
    score(timezone.now())
    assert not DirtyMark.objects.exists()


def test_years_in_a_post_do_not_lengthen_the_history_that_is_swept():
    take_records(kind="posts", records=[{"code": "S1", "name": "登记审核", "sensitive": "1"}], source="manual")
    take_records(kind="postings", records=[posted("2016-05-03")], source="manual")
    assert history() == Range(date(2016, 5, 3), today())
    tell(row())
    assert history() == Range(AT.date(), today())
