"""The table of acts on an order, row by row, for everybody; and the terms, as people say them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from ledger.kit.days import SHANGHAI
from ledger.roster.models import Unit
from oversight.cases.clocks import soon_at
from oversight.cases.models import Case
from oversight.cases.people import Person
from oversight.cases.policy.reading import DEFAULTS, Policy, Span
from oversight.orders.clocks import deadline, running
from oversight.orders.models import Order
from oversight.orders.states import TABLE
from oversight.orders.terms import Terms, end_of, usual_terms
from oversight.orders.words import audit_actions
from tests.oversight.orders.building import Scene

CENTRE, UNIT, ENTERING = {"first", "second", "chief"}, {"leader", "deputy", "office"}, {"leader", "deputy", "office", "clerk"}
WHO = {
    "sign": UNIT,
    "draft": ENTERING,
    "report": UNIT,
    "respond": UNIT,
    "accept": CENTRE,
    "return": CENTRE,
    "ask_extension": UNIT,
    "decide_extension": CENTRE,
    "object": UNIT,
    "overrule": CENTRE - {"first"},
    "uphold": CENTRE - {"first"},
    "remind": CENTRE | {"helper", "office"},
    "withdraw": CENTRE,
}
POSSIBLE = {
    "issued": {"sign", "remind", "withdraw"},
    "working": {"draft", "report", "respond", "ask_extension", "decide_extension", "object", "overrule", "uphold", "remind", "withdraw"},
    "answered": {"accept", "return", "overrule", "uphold", "withdraw"},
    "returned": {"draft", "report", "respond", "ask_extension", "decide_extension", "object", "overrule", "uphold", "remind", "withdraw"},
    "closed": set(),
    "withdrawn": set(),
}
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday 10:00 in Shanghai


def test_every_act_is_possible_in_exactly_these_states():
    found: dict[str, set[str]] = {status: set() for status in Order.Status.values}
    for status, act, _move in TABLE.rows():
        found[status].add(act)
    assert found == POSSIBLE


def test_every_act_is_done_by_exactly_these_people(scene: Scene):
    order = scene.order()
    people = {name: Person.of(user) for name, user in scene.people.items()}
    for status, act, move in TABLE.rows():
        order.status = status
        order.first_due_at = NOW if act == "report" else None
        may = {name for name, person in people.items() if move.who(person, order)}
        assert may == WHO[act], (status, act)
    order.answered_by = scene["second"]
    for act in ("accept", "return"):
        move = TABLE.move(act, "answered")
        assert move is not None
        assert not move.who(people["second"], order)


def test_where_an_act_leads():
    led = {(status, act): move.to for status, act, move in TABLE.rows() if move.to}
    assert led == {
        ("issued", "sign"): "working",
        ("working", "respond"): "answered",
        ("returned", "respond"): "answered",
        ("answered", "accept"): "closed",
        ("answered", "return"): "returned",
        **{(status, "uphold"): "withdrawn" for status in ("working", "answered", "returned")},
        **{(status, "withdraw"): "withdrawn" for status in ("issued", "working", "answered", "returned")},
    }


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.django_db
def test_terms_run_in_working_days_of_the_unit_or_by_the_clock():
    unit = Unit(hours="")

    def terms(level: str, policy: Policy | None = None) -> Terms:
        return usual_terms(case=Case(level=level, policy=(policy or DEFAULTS[level]).snapshot()), unit=unit, start=NOW)

    assert terms("blue").sign_due_at == at(24, 10)
    assert terms("yellow").due_at == at(30, 10)
    assert terms("orange").sign_due_at == at(23, 14)
    red = terms("red")
    assert (red.sign_due_at, red.first_due_at, red.due_at) == (at(23, 12), at(24, 10), at(30, 10))
    # What the case was dispatched with counts, not what its level has today.
    own = terms("blue", replace(DEFAULTS["blue"], sign=Span(3, "hours"), feedback=Span(2, "days"), first_report=5))
    assert (own.sign_due_at, own.first_due_at, own.due_at) == (at(23, 13), at(23, 15), at(25, 10))
    # From Friday evening a working day ends when Monday does.
    assert end_of(Span(1, "days"), unit, at(27, 19)) == at(30, 17, 30)
    assert end_of(Span(1, "days"), Unit(hours="09:00-12:00"), at(27, 10)) == at(30, 10)


def test_the_last_quarter_of_a_term_and_at_most_a_day_is_near():
    assert soon_at(NOW, NOW + timedelta(hours=2)) == NOW + timedelta(minutes=90)
    assert soon_at(NOW, NOW + timedelta(days=20)) == NOW + timedelta(days=19)


def test_a_term_is_said_in_speech_with_the_exact_time(scene: Scene):
    order = scene.order()
    order.issued_at, order.sign_due_at, order.due_at = NOW, NOW + timedelta(hours=4), NOW + timedelta(days=3)
    order.first_due_at, told = None, []

    def say(after: timedelta, **changes: object) -> tuple[str, str, str]:
        for name, value in changes.items():
            setattr(order, name, value)
        one = deadline(order, NOW + after)
        assert one is not None
        return one.state, one.text, one.exact

    with translation.override("zh-hans"):
        told = [
            say(timedelta(0)),
            say(timedelta(hours=3, minutes=30)),
            say(timedelta(hours=5)),
            say(timedelta(days=2, hours=19), status="working"),
            say(timedelta(days=5), status="working"),
            say(timedelta(days=5), status="answered", answered_at=NOW + timedelta(days=1)),
            say(timedelta(days=5), status="closed", late=True),
        ]
    assert told == [
        ("normal", "剩4小时", "14:00"),
        ("soon", "剩30分钟", "14:00"),
        ("overdue", "超期1小时", "14:00"),
        ("soon", "剩5小时", "10:00"),
        ("overdue", "超期2天", "11-26 10:00"),
        ("done", "按期反馈", "11-24 10:00"),
        ("done", "超期办结", "11-24 10:00"),
    ]
    order.status = "withdrawn"
    assert (deadline(order, NOW), running(order, NOW)) == (None, None)


def test_the_unit_of_a_superior_does_not_remind_itself(scene: Scene):
    order, move = scene.order(), TABLE.move("remind", "issued")
    assert move is not None
    own = replace(Person.of(scene["office"]), grants=Person.of(scene["deputy"]).grants)
    assert not move.who(own, order)


def test_an_act_is_told_with_the_colon_of_the_language():
    told = audit_actions()["order.answered"]
    with translation.override("zh-hans"):
        assert str(told) == "整改单：反馈"
    with translation.override("en"):
        assert str(told) == "Order: answered"
