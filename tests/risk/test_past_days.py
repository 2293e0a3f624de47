"""A roster that moves on leaves past days as they were: who held a post, where a row was handled, who must not judge it."""

from datetime import date, datetime, timedelta

import pytest

from ledger.columns import services as columns
from ledger.intake.services import take_records
from ledger.journal import history
from ledger.kit.days import SHANGHAI, today
from ledger.roster.queries import postings_on
from risk import frames
from risk.alerts.models import Alert
from risk.alerts.recusal import recused_staff
from risk.detectors.parts import references
from risk.rules.services import load_catalogue
from risk.scoring.services import score_pending

pytestmark = [pytest.mark.django_db, pytest.mark.services]
MARCH = {"first_day": date(2026, 3, 1), "last_day": date(2026, 3, 31)}
POSTING = {"staff_no": "P1", "post_code": "R", "unit_code": "U1", "start_date": "2024-01-01", "end_date": ""}
STAFF = {"staff_no": "P1", "name": "张某", "kind": "officer", "unit_code": "U1", "responsible_no": "L1"}
UNIT = {"code": "U1", "name": "一窗口", "kind": "window", "leader_no": "L1"}


def tell(kind: str, *records: dict[str, str]) -> None:
    assert take_records(kind=kind, records=records, source="manual").rejected == 0


def handled(serial_no: str, day: date, unit_code: str = "U1") -> dict[str, str]:
    moved = {"line": "registration", "action": "new", "unit_code": unit_code, "post_code": "R", "handler_no": "P1"}
    return {"serial_no": serial_no, "accepted_at": f"{day} 10:00"} | moved


@pytest.fixture(autouse=True)
def roster(db: None) -> None:
    tell("units", UNIT, {"code": "U2", "name": "二窗口", "kind": "window"})
    tell("staff", STAFF)
    tell("postings", POSTING)


def facts(*wanted: str) -> list[tuple[str, ...]]:
    """What rules see of the rows of March, oldest first."""
    columns.sync()
    needed = references.wanted(wanted)
    needed.setdefault("transactions", set()).update({"accepted_at", "unit"})
    loaded = frames.load(needed, lines=("registration",), **MARCH)
    rows = loaded["transactions"].sort_values("accepted_at").reset_index(drop=True)
    return list(zip(*(references.column(loaded, rows, name).astype(str) for name in wanted), strict=True))


def test_an_ended_posting_still_explains_the_rows_before_its_end() -> None:
    tell("transactions", *(handled(f"T{day}", date(2026, 3, day)) for day in (2, 10, 11)))
    seen = ("handler.in_post", "handler.posted", "handler.left")
    assert facts(*seen) == [("yes", "yes", "no")] * 3
    tell("postings", POSTING | {"end_date": "2026-03-10"})
    assert facts(*seen) == [("yes", "yes", "no"), ("yes", "yes", "no"), ("no", "no", "yes")]
    assert [one.staff_no for one in postings_on(date(2026, 3, 10), post_code="R", unit_code="U1")] == ["P1"]
    assert not postings_on(date(2026, 3, 11), post_code="R", unit_code="U1").exists()


def test_a_row_keeps_the_unit_of_the_event_when_its_handler_moves_and_then_leaves() -> None:
    tell("transactions", handled("T1", date(2026, 3, 2)))
    tell("staff", STAFF | {"unit_code": "U2"})
    tell("postings", POSTING | {"end_date": "2026-03-20"}, POSTING | {"unit_code": "U2", "start_date": "2026-03-21"})
    tell("transactions", handled("T2", date(2026, 3, 25), "U2"))
    assert facts("unit", "handler.in_post", "handler.left") == [("U1", "yes", "no"), ("U2", "yes", "no")]
    tell("postings", POSTING | {"unit_code": "U2", "start_date": "2026-03-21", "end_date": "2026-03-31"})
    assert facts("unit", "handler.in_post", "handler.left") == [("U1", "yes", "no"), ("U2", "yes", "no")]


def recused(kind: str, code: str, first: date, last: date) -> dict[str, str]:
    return recused_staff(subject_kind=kind, subject_code=code, first_day=first, last_day=last, people=())


def test_who_held_the_post_in_those_days_is_recused_and_not_who_holds_it_now() -> None:
    tell("postings", POSTING | {"end_date": "2026-03-10"}, POSTING | {"staff_no": "P2", "start_date": "2026-03-11"})
    assert recused("post", "R", date(2026, 3, 1), date(2026, 3, 10)) == {"P1": "holder"}
    assert recused("post", "R", date(2026, 3, 10), date(2026, 3, 11)) == {"P1": "holder", "P2": "holder"}
    assert recused("post", "R", date(2026, 3, 11), date(2026, 3, 31)) == {"P2": "holder"}


def test_the_leader_and_the_officer_responsible_of_those_days_stay_recused_after_they_moved_on(monkeypatch: pytest.MonkeyPatch) -> None:
    for day, number in ((10, "L1"), (20, "L2")):
        monkeypatch.setattr(history.timezone, "now", lambda day=day: datetime(2026, 3, day, 9, tzinfo=SHANGHAI))
        tell("units", {"code": "U3", "name": "三窗口", "kind": "window", "leader_no": number})
        tell("staff", {"staff_no": "F3", "name": "李某", "kind": "auxiliary", "unit_code": "U3", "responsible_no": number})
    assert recused("unit", "U3", date(2026, 3, 1), date(2026, 3, 19)) == {"L1": "leader", "L2": "leader"}
    assert recused("unit", "U3", date(2026, 3, 21), date(2026, 3, 22)) == {"L2": "leader"}
    assert recused("staff", "F3", date(2026, 3, 1), date(2026, 3, 19)) == {"F3": "subject", "L1": "responsible", "L2": "responsible"}
    assert recused("staff", "F3", date(2026, 3, 21), date(2026, 3, 22)) == {"F3": "subject", "L2": "responsible"}


def test_an_ended_posting_has_rows_in_every_unit_looked_at_again() -> None:
    load_catalogue()
    tell("transactions", handled("T1", today() - timedelta(days=1), "U2"))
    score_pending()
    assert not Alert.objects.filter(rule__code="COM-03").exists()
    tell("postings", POSTING | {"end_date": str(today() - timedelta(days=2))})
    score_pending()
    assert Alert.objects.filter(rule__code="COM-03", subject_code="P1").count() == 1
