"""Whatever people do in whatever order: the status stays legal, the entries replay to it, and none is lost."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.kit.errors import MingjingError
from oversight.cases.models import CaseEntry
from oversight.cases.people import Person
from oversight.orders import extending, objecting, responding, reviewing, services
from oversight.orders.models import Order
from oversight.orders.queries import entries_of
from oversight.orders.states import TABLE
from tests.oversight.orders.building import TYPED, Scene

WHO = ("first", "second", "chief", "leader", "deputy", "clerk", "helper", "stranger")


def _act(scene: Scene, order: Order, act: str, who: str) -> Any:
    told: dict[str, Any] = {"number": order.number, "actor": scene[who]}
    written = {"typed": TYPED, "version": scene.version(order)}
    return {
        "sign": lambda: services.sign(**told),
        "draft": lambda: responding.save_draft(**told, **written),
        "report": lambda: responding.send_report(**told, **written, stage="first"),
        "respond": lambda: responding.send_report(**told, **written, stage="final"),
        "accept": lambda: reviewing.accept(**told),
        "return": lambda: reviewing.send_back(**told, comments={"cause": "不实"}),
        "ask_extension": lambda: extending.ask_extension(**told, until=order.due_at + timedelta(days=1), note="涉及跨年台账"),
        "decide_extension": lambda: extending.decide_extension(**told, approve=True),
        "object": lambda: objecting.raise_objection(**told, text="系统故障重复生成"),
        "overrule": lambda: objecting.answer_objection(**told, uphold=False, text="不成立，见台账"),
        "uphold": lambda: objecting.answer_objection(**told, uphold=True, text="异议成立，撤回"),
        "remind": lambda: services.remind(**told),
        "withdraw": lambda: services.withdraw(**told, note="与另一整改单重复"),
    }[act]


# What leads somewhere comes often, what ends an order seldom: else most sequences would be over after three acts.
ACTS = st.sampled_from([*TABLE.acts, *["sign", "respond", "respond", "return", "return", "ask_extension", "decide_extension", "report"]])


@pytest.mark.services
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(red=st.booleans(), steps=st.lists(st.tuples(ACTS, st.sampled_from(WHO)), min_size=6, max_size=12))
def test_no_sequence_of_acts_leaves_the_table_or_loses_an_entry(scene: Scene, red: bool, steps: list[tuple[str, str]]):
    order = scene.order()
    if red:
        Order.objects.filter(pk=order.pk).update(first_due_at=order.due_at)
    for act, who in steps:
        order = Order.objects.select_related("case__unit", "party__unit").get(pk=order.pk)
        before, entries = order.status, entries_of(order).count()
        move = TABLE.move(act, before)
        try:
            _act(scene, order, act, who)()
        except MingjingError:
            assert entries_of(order).count() == entries
            assert Order.objects.get(pk=order.pk).status == before
            continue
        assert move is not None and move.who(Person.of(scene[who]), order)
        now = Order.objects.get(pk=order.pk).status
        assert now == (move.to or before)
        assert entries_of(order).count() >= entries + (act != "draft")
        moved = [entry.data for entry in entries_of(order) if "to" in entry.data]
        assert moved[-1]["to"] == now
        assert [one["from"] for one in moved[1:]] == [one["to"] for one in moved[:-1]]
    assert CaseEntry.objects.filter(about=order.number).count() == entries_of(order).count()
