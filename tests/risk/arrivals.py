"""Weeks of examinations, and how they come: late, again, altered, in any parts, and so does the roster, and so do holds."""

import random
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial

from ledger.holds.models import Hold
from ledger.holds.services import lift, place
from ledger.intake.services import take_records
from ledger.kit.days import SHANGHAI
from tests import builders

START = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)  # a Monday
WEEKS, A_WEEK = 8, 6
ALONE = 3
HANDLERS = [f"P{number:02}" for number in range(12)]
# Who only approves stands in no row as handler; of P10, P11 and the last agencies the roster hears late.
APPROVERS = ["Q00", "Q01"]
KNOWN, AGENCIES = HANDLERS[:10], [f"A{number}" for number in range(8)]
Row = dict[str, str]
Part = Callable[[], object]


def day(number: int) -> str:
    return f"{START + timedelta(days=number):%Y-%m-%d}"


def offices() -> None:
    """Two offices below one, and of their people and schools those that are known before anything happens."""
    root = builders.make_unit(code="ROOT", kind="detachment")
    squads = [builders.make_unit(code=code, kind="squad", parent=root) for code in ("U1", "U2")]
    for number, handler in enumerate(KNOWN):
        builders.make_staff(squads[number % 2], staff_no=handler)
    for agency in AGENCIES[:6]:
        builders.make_agency(root, code=agency, kind="driving_school")


def candidates(chance: random.Random) -> list[Row]:
    """P00 passes all and sees school A0, P01 fines double, P02 is late of late, P03 and P04 share agents."""
    rows = []
    for number in range(WEEKS * A_WEEK * len(HANDLERS)):
        handler = HANDLERS[number % len(HANDLERS)]
        week = number // (A_WEEK * len(HANDLERS))
        at = START + timedelta(weeks=week, days=chance.choice((0, 1, 2, 3, 4, 4, 5)), minutes=chance.randrange(0, 480))
        over = at + timedelta(minutes=chance.choice((3, 20, 30, 40, 50, 60)), days=chance.choice((1, 3, 6)) if chance.random() < 0.1 else 0)
        passed = chance.random() < (1.0 if handler == "P00" else 0.5)
        late = chance.random() < (0.6 if handler == "P02" and week >= WEEKS - 2 else 0.08)
        closed = handler in ("P03", "P04")
        row = {
            "serial_no": f"E{number:05}",
            "line": "exam",
            "action": chance.choice(("subject1", "subject2")),
            "unit_code": "U1" if number % 2 == 0 else "U2",
            "post_code": "K1" if chance.random() < 0.5 else "",
            "handler_no": handler,
            "approver_no": handler if chance.random() < 0.05 else chance.choice(HANDLERS + APPROVERS),
            "agency_code": "A0" if handler == "P00" and chance.random() < 0.8 else f"A{chance.randrange(1, 8)}",
            "agent_id_no": f"43070219800101{chance.randrange(2) if closed else chance.randrange(2, 14):02}12",
            "person_id_no": f"43070219900101{chance.randrange(90):04}",
            "plate_no": f"湘J{chance.randrange(200):05}",
            "plate_type": "02",
            "accepted_at": f"{at:%Y-%m-%d %H:%M:%S}",
            "finished_at": f"{over:%Y-%m-%d %H:%M:%S}",
            "status": "finished",
            "result": "pass" if passed else "fail",
            "amount": f"{(200 if handler == 'P01' else 100) + chance.randrange(20)}.00",
            "attrs.late": "1" if late else "0",
            "attrs.photo": f"h{chance.randrange(900)}",
        }
        if chance.random() < 0.01:
            row |= {"finished_at": "", "status": "accepted", "result": ""}
        rows.append(row)
    return rows


def told_late(chance: random.Random) -> Iterable[list[Part]]:
    """What is heard of people, posts, shifts, schools, offices and holds, each list in its order: new, altered, long after the day."""

    def states(kind: str, *records: Row) -> list[Part]:
        return [partial(take, kind, [record]) for record in records]

    def some(most: int = WEEKS * 7) -> int:
        return chance.randrange(most)

    people = [{"staff_no": who, "name": who, "unit_code": chance.choice(("U1", "U2"))} for who in (*HANDLERS[-2:], *APPROVERS)]
    yield states("staff", *(person | {"kind": chance.choice(("auxiliary", "officer"))} for person in people))
    yield states("staff", *(people[number] | {"kind": "auxiliary"} for number in chance.sample(range(4), 2)))
    yield states("staff", {"staff_no": "P06", "name": "P06", "kind": "officer", "unit_code": "U2"})
    for who in chance.sample(HANDLERS, 4):
        first = some()
        posting = {"staff_no": who, "post_code": chance.choice(("K1", "K2")), "unit_code": "U1", "start_date": day(first)}
        yield states("postings", posting, posting | {"end_date": day(first + some(20))})
    yield states("postings", {"staff_no": "P07", "post_code": "K2", "unit_code": "U2", "start_date": day(-40), "end_date": day(some())})
    for unit in ("ROOT", "U1", "U2"):
        week = some(WEEKS)
        days = [day(week * 7 + number) for number in chance.choice(((5,), (5, 6), (6, 12)))]
        yield states("shifts", *({"unit_code": unit, "date": one, "start": "08:00", "end": "18:30"} for one in days))
    yield states("agencies", *({"code": code, "name": code, "kind": "driving_school"} for code in AGENCIES[6:]))
    yield states("agencies", {"code": chance.choice(AGENCIES), "name": "A", "kind": "exam_site"})
    office = {"code": "U2", "name": "U2", "kind": "squad", "parent_code": "ROOT"}
    yield states("units", office | {"hours": "09:30-16:00"}, office | {"hours": "", "kind": "brigade"})
    stopped: list[Hold] = []
    begun = START + timedelta(days=some())
    yield [lambda: stopped.append(hold("A3", begun)), lambda: lift(hold=stopped[0], at=begun + timedelta(days=some(9)))]
    yield [partial(hold, "A2", START + timedelta(days=some()))]


def hold(agency: str, at: datetime) -> Hold:
    return place(subject_kind="agency", subject_code=agency, effect="acceptance", cause="breaker", cause_number="RD-1", starts_at=at)


def take(kind: str, records: list[Row]) -> None:
    counts = take_records(kind=kind, records=records, source="manual")
    assert counts.rejected == 0, counts


def arrivals(rows: Sequence[Row], chance: random.Random) -> list[Part]:
    """The rows about in the order of their time, some late, some again, some altered, in parts of any size, the last ones one by one; and
    anywhere among these what was told of the roster and of holds."""
    told = [(row["accepted_at"] if chance.random() < 0.85 else f"2026-0{chance.randrange(3, 6)}", chance.random(), row) for row in rows]
    told += [(f"2026-0{chance.randrange(3, 6)}", chance.random(), row) for row in chance.sample(rows, 60)]
    for row in chance.sample(rows, 40):
        other = chance.choice(({"result": "fail", "amount": "150.00"}, {"handler_no": chance.choice(HANDLERS)}))
        told.append((f"2026-0{chance.randrange(5, 7)}", chance.random(), row | other))
    ordered = [row for *_when, row in sorted(told, key=lambda one: one[:2])]
    parts: list[list[Row]] = []
    while (done := sum(map(len, parts))) < len(ordered) - ALONE:
        parts.append(ordered[done : min(done + chance.choice((5, 60, 240)), len(ordered) - ALONE)])
    placed = [
        (float(number), partial(take, "transactions", part)) for number, part in enumerate([*parts, *([row] for row in ordered[-ALONE:])])
    ]
    end = len(placed) + 1
    for chain in told_late(chance):
        placed += zip(sorted(chance.uniform(0, end) for _one in chain), chain, strict=True)
    return [part for _place, part in sorted(placed, key=lambda one: one[0])]
