"""整改单 from issue to its end: who, when, what is written, and what two people at once come to."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction
from django.utils import timezone

from ledger.kit.days import today
from ledger.kit.errors import BadInput, Conflict, MingjingError, NotAllowed, NotFound
from ledger.roster.models import User
from oversight.cases.models import Approval, Case, CaseEntry, Party, TookPart
from oversight.orders import extending, objecting, responding, reviewing, services, timers
from oversight.orders.models import Draft, Objection, Order, Response
from oversight.orders.papers import document_fields
from oversight.orders.queries import entries_of, open_orders, visible_order, visible_orders
from oversight.orders.shown import shown_to
from oversight.orders.work import orders_to_do
from oversight.viewer import Viewer
from risk.alerts.models import Recused
from tests.oversight.orders.building import PROBLEM, TYPED, Scene, hours, make_scene

pytestmark = pytest.mark.services


def kinds(order: Order) -> list[str]:
    return [entry.kind.removeprefix("order.") for entry in entries_of(order)]


def replayed(order: Order) -> str:
    return [entry.data["to"] for entry in entries_of(order) if "to" in entry.data][-1]


def told(number: str, actor: User, act: Callable[..., Any], **given: Any) -> type[Exception]:
    """The error an act ends with; nothing of it is written."""
    before = CaseEntry.objects.count()
    with pytest.raises(MingjingError) as raised:
        act(number=number, actor=actor, **given)
    assert CaseEntry.objects.count() == before
    return raised.type


def test_from_issue_over_a_return_to_its_end(scene: Scene):
    order = scene.order()
    number = order.number
    assert number.startswith("ZG-") and list(open_orders(scene.case)) == [order]
    services.sign(number=number, actor=scene["leader"])
    scene.send(order)
    assert told(number, scene["leader"], reviewing.accept) is NotAllowed
    reviewing.send_back(number=number, actor=scene["second"], comments={"measures": "写明责任人", "result": " "})
    order.refresh_from_db()
    assert order.status == "returned" and order.due_at > timezone.now()
    assert Response.objects.get().comments == {"measures": "写明责任人"}
    scene.send(order, "deputy", measures="撤销由带班民警周某复核，自本月24日起执行")
    reviewing.accept(number=number, actor=scene["second"], note="已核验")
    order.refresh_from_db()
    assert (order.status, order.closed_by, order.late) == ("closed", scene["second"], False)
    assert kinds(order) == ["issued", "signed", "answered", "returned", "answered", "accepted"]
    assert replayed(order) == "closed"
    assert [one.decision for one in order.responses.order_by("place")] == ["returned", "accepted"]
    assert not open_orders(scene.case).exists()
    fields = document_fields(order)
    assert fields["主送单位"] == "三中队" and fields["问题清单"][0]["事实"] == PROBLEM["fact"]
    assert fields["送达回证"].startswith("平台送达，李某")


def test_what_cannot_be_issued(scene: Scene):
    with pytest.raises(NotAllowed):
        services.issue_order(case=scene.case, party=scene.party, actor=scene["helper"], requirement="逐笔说明", problems=[PROBLEM])
    for wrong in (
        {"problems": []},
        {"problems": [{"fact": " "}]},
        {"requirement": "改"},
        {"due_at": hours(-1)},
        {"due_at": hours(1)},
        {"first_due_at": hours(24 * 90)},
    ):
        with pytest.raises(BadInput):
            scene.order(**wrong)
    other = make_scene()
    with pytest.raises(BadInput):
        services.issue_order(case=scene.case, party=other.party, actor=scene["first"], requirement="逐笔说明", problems=[PROBLEM])
    Case.objects.filter(pk=scene.case.pk).update(status="closed", outcome="confirmed", closed_by=scene["chief"], closed_at=timezone.now())
    with pytest.raises(Conflict):
        scene.order()
    assert not Order.objects.exists()


def test_who_does_not_see_the_case_does_not_see_its_order(scene: Scene):
    order = scene.order()
    assert told(order.number, scene["stranger"], services.sign) is NotFound
    assert not visible_orders(scene["stranger"]).exists()
    assert list(visible_orders(scene["leader"])) == [order]


def test_auxiliaries_write_and_remind_but_sign_nothing(scene: Scene):
    order = scene.order()
    assert told(order.number, scene["clerk"], services.sign) is NotAllowed
    services.remind(number=order.number, actor=scene["helper"], note="请尽快签收")
    services.remind(number=order.number, actor=scene["office"])
    assert told(order.number, scene["clerk"], services.remind) is NotAllowed
    order.refresh_from_db()
    assert order.reminders == 2
    services.sign(number=order.number, actor=scene["leader"])
    responding.save_draft(number=order.number, actor=scene["clerk"], typed={"cause": "未复核"}, version=0)
    assert told(order.number, scene["clerk"], responding.send_report, typed=TYPED, version=1, stage="final") is NotAllowed


def test_a_draft_somebody_else_changed_is_not_written_over(scene: Scene):
    order = scene.working()
    save = responding.save_draft
    first = save(number=order.number, actor=scene["leader"], typed={"cause": "甲"}, version=0)
    # Whoever sends again what a lost answer had saved is no second person.
    assert save(number=order.number, actor=scene["leader"], typed={"cause": "甲乙"}, version=0).version == first.version + 1
    with pytest.raises(Conflict, match="李某"):
        save(number=order.number, actor=scene["deputy"], typed={"cause": "丙"}, version=1)
    assert Draft.objects.get().cause == "甲乙"
    assert save(number=order.number, actor=scene["deputy"], typed={"cause": "丙"}, version=2).cause == "丙"
    assert told(order.number, scene["leader"], save, typed={"cause": "长" * 4_001}, version=3) is BadInput
    assert told(order.number, scene["leader"], save, typed={"done_on": "昨天"}, version=3) is BadInput


def test_what_is_missing_is_named_and_nothing_is_sent(scene: Scene):
    order = scene.working()
    for missing in TYPED:
        assert (
            told(order.number, scene["leader"], responding.send_report, typed=TYPED | {missing: " "}, version=0, stage="final") is BadInput
        )
    ahead = {"done_on": f"{today() + timedelta(days=1)}"}
    assert told(order.number, scene["leader"], responding.send_report, typed=TYPED | ahead, version=0, stage="final") is BadInput
    assert told(order.number, scene["leader"], responding.send_report, typed=TYPED, version=0, stage="third") is BadInput
    assert not Response.objects.exists() and not Draft.objects.exists()


def test_a_red_order_is_reported_within_a_day_and_then_answered(db: None):
    scene = make_scene(level="red")
    order = scene.working()
    assert order.first_due_at is not None
    assert told(order.number, scene["leader"], responding.send_report, typed=TYPED, version=0, stage="final") is Conflict
    scene.send(order, stage="first", result="", responsible="", done_on="")
    assert told(order.number, scene["leader"], responding.send_report, typed=TYPED, version=1, stage="first") is Conflict
    order.refresh_from_db()
    assert (order.status, order.late) == ("working", False)
    scene.send(order)
    assert [one.stage for one in order.responses.order_by("place")] == ["first", "final"]
    reviewing.accept(number=order.number, actor=scene["second"])
    assert replayed(order) == "closed" and kinds(order)[2:4] == ["reported", "answered"]


def test_a_report_after_its_term_is_late_for_good(scene: Scene):
    order = scene.working()
    Order.objects.update(due_at=hours(-1), sign_due_at=hours(-2))
    scene.send(order)
    reviewing.send_back(number=order.number, actor=scene["second"], comments={}, note="附件不全")
    scene.send(order)
    reviewing.accept(number=order.number, actor=scene["second"])
    order.refresh_from_db()
    assert order.late


def test_the_time_a_response_lay_with_the_centre_is_given_back(scene: Scene):
    order = scene.answered()
    Order.objects.update(answered_at=hours(-50), due_at=hours(24 * 20))
    order.refresh_from_db()
    assert reviewing.term_after_return(order, timezone.now()) - order.due_at >= timedelta(hours=50)
    assert told(order.number, scene["second"], reviewing.send_back, comments={"cause": "不实"}, due_at=hours(-1)) is BadInput
    assert told(order.number, scene["second"], reviewing.send_back, comments={"other": "不实"}) is BadInput


def test_an_extension_is_asked_for_before_the_end_and_decided_by_another_side(scene: Scene):
    order = scene.working()
    asked, until = extending.ask_extension, order.due_at + timedelta(days=3)
    for wrong in (order.due_at, order.due_at + timedelta(days=61)):
        assert told(order.number, scene["leader"], asked, until=wrong, note="涉及跨年台账") is BadInput
    asked(number=order.number, actor=scene["leader"], until=until, note="涉及跨年台账")
    assert told(order.number, scene["deputy"], asked, until=until, note="涉及跨年台账") is Conflict
    assert told(order.number, scene["office"], extending.decide_extension, approve=True) is NotAllowed
    assert told(order.number, scene["second"], extending.decide_extension, approve=False) is BadInput
    extending.decide_extension(number=order.number, actor=scene["second"], approve=True)
    order.refresh_from_db()
    assert order.due_at == until
    asked(number=order.number, actor=scene["leader"], until=until + timedelta(days=1), note="再延一日核对")
    extending.decide_extension(number=order.number, actor=scene["chief"], approve=False, note="理由不充分")
    order.refresh_from_db()
    assert order.due_at == until
    assert told(order.number, scene["chief"], extending.decide_extension, approve=True) is Conflict
    asked(number=order.number, actor=scene["leader"], until=until + timedelta(days=1), note="再延一日核对")
    scene.send(order)
    assert Approval.objects.order_by("id").values_list("state", flat=True).last() == "lapsed"
    assert kinds(order)[-2:] == ["extension_lapsed", "answered"]


def test_after_the_end_of_the_term_no_extension_is_asked_for(scene: Scene):
    order = scene.working()
    Order.objects.update(due_at=hours(-1), sign_due_at=hours(-2))
    assert told(order.number, scene["leader"], extending.ask_extension, until=hours(9), note="涉及跨年台账") is Conflict


def test_an_objection_is_raised_once_in_time_and_answered_by_who_did_not_issue_the_order(scene: Scene):
    order = scene.working()
    raised, answer = objecting.raise_objection, objecting.answer_objection
    assert told(order.number, scene["second"], answer, uphold=True, text="异议成立，撤回") is Conflict
    raised(number=order.number, actor=scene["leader"], text="17笔系系统故障重复生成")
    assert told(order.number, scene["deputy"], raised, text="17笔系系统故障重复生成") is Conflict
    assert told(order.number, scene["first"], answer, uphold=False, text="不成立，见台账") is NotAllowed
    scene.send(order)
    assert told(order.number, scene["second"], reviewing.accept) is Conflict
    answer(number=order.number, actor=scene["second"], uphold=False, text="不成立，见台账")
    reviewing.accept(number=order.number, actor=scene["second"])
    late = scene.working()
    Order.objects.filter(pk=late.pk).update(objection_until=hours(-1))
    assert told(late.number, scene["leader"], raised, text="17笔系系统故障重复生成") is Conflict
    Order.objects.filter(pk=late.pk).update(objection_until=hours(1))
    raised(number=late.number, actor=scene["leader"], text="17笔系系统故障重复生成")
    answer(number=late.number, actor=scene["chief"], uphold=True, text="异议成立，撤回")
    late.refresh_from_db()
    assert (late.status, replayed(late)) == ("withdrawn", "withdrawn")


def test_a_withdrawn_order_wants_nothing_any_more(scene: Scene):
    order = scene.working()
    extending.ask_extension(number=order.number, actor=scene["leader"], until=order.due_at + timedelta(days=1), note="涉及跨年台账")
    assert told(order.number, scene["first"], services.withdraw, note="误") is BadInput
    services.withdraw(number=order.number, actor=scene["first"], note="与另一整改单重复")
    assert Approval.objects.get().state == "lapsed" and not open_orders(scene.case).exists()
    assert told(order.number, scene["leader"], responding.send_report, typed=TYPED, version=0, stage="final") is Conflict
    with pytest.raises(Conflict, match="赵某"):
        services.remind(number=order.number, actor=scene["second"])


def test_the_clock_enters_each_term_once(scene: Scene):
    order = scene.order()
    assert timers.remind_due() == 0
    near, past = order.sign_due_at - timedelta(minutes=30), order.sign_due_at + timedelta(minutes=1)
    assert [timers.remind_due(now=moment) for moment in (near, near, past, past)] == [1, 0, 1, 0]
    services.sign(number=order.number, actor=scene["leader"])
    after = order.due_at + timedelta(minutes=1)
    assert [timers.remind_due(now=after), timers.remind_due(now=after)] == [1, 0]
    Order.objects.update(due_at=order.due_at + timedelta(days=2))
    assert timers.remind_due(now=order.due_at + timedelta(days=1, hours=12)) == 1
    marks = [(entry.kind, entry.data["clock"]) for entry in entries_of(order).filter(actor=None)]
    assert marks == [("order.soon", "sign"), ("order.overdue", "sign"), ("order.overdue", "final"), ("order.soon", "final")]


def test_the_database_itself_refuses_one_person_on_both_sides(scene: Scene):
    order = scene.answered()
    with pytest.raises(IntegrityError), transaction.atomic():
        Order.objects.update(status="closed", closed_by=scene["leader"], closed_at=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        Order.objects.update(status="closed", closed_by=None, closed_at=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Order.objects.update(signed_by=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Response.objects.update(decision="accepted", reviewed_by=scene["leader"], reviewed_at=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        one = {"order": order, "text": "异议", "raised_by": scene["leader"], "raised_at": timezone.now(), "against": scene["first"]}
        Objection.objects.create(**one, upheld=True, answered_by=scene["first"], answered_at=timezone.now())
    assert TookPart.objects.get(about=order.number).user == scene["leader"]


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_is_told_that_somebody_was_faster():
    scene = make_scene()
    order = scene.order()

    def at_once(*acts: Callable[[], object]) -> list[object]:
        def run(act: Callable[[], object]) -> object:
            try:
                return act()
            except Conflict as error:
                return error
            finally:
                connections.close_all()

        with ThreadPoolExecutor(len(acts)) as pool:
            return list(pool.map(run, acts))

    number = order.number
    signed = at_once(*(lambda who=who: services.sign(number=number, actor=scene[who]) for who in ("leader", "deputy")))
    assert [isinstance(one, Conflict) for one in signed].count(False) == 1
    loser = next(one for one in signed if isinstance(one, Conflict))
    assert "某" in str(loser)
    sent = at_once(*(lambda who=who: scene.send(order, who) for who in ("leader", "deputy")))
    assert [isinstance(one, Conflict) for one in sent].count(False) == 1
    reviewed = at_once(
        lambda: reviewing.accept(number=number, actor=scene["second"]),
        lambda: reviewing.send_back(number=number, actor=scene["chief"], comments={"cause": "不实"}),
    )
    assert [isinstance(one, Conflict) for one in reviewed].count(False) == 1
    assert kinds(order)[:3] == ["issued", "signed", "answered"] and len(kinds(order)) == 4


@pytest.mark.services
def test_with_its_order_the_unit_signs_for_its_part_of_the_case_and_with_its_last_one_has_done_it(scene: Scene):
    first, second = scene.answered(), scene.working()
    scene.party.refresh_from_db()
    assert (scene.party.status, scene.party.signed_by) == ("signed", scene["leader"])
    reviewing.accept(number=first.number, actor=scene["second"])
    scene.party.refresh_from_db()
    assert scene.party.status == "signed"
    scene.send(second, "deputy")
    reviewing.accept(number=second.number, actor=scene["second"])
    scene.party.refresh_from_db()
    assert (scene.party.status, scene.party.done_by, scene.party.work) == (
        "done",
        scene["deputy"],
        f"{TYPED['measures']}\n{TYPED['result']}",
    )
    assert [entry.data["to"] for entry in scene.case.entries.filter(about=scene.party.about).order_by("id")] == ["signed", "done"]


@pytest.mark.services
def test_a_unit_that_may_not_know_whom_it_is_about_is_told_the_requirement_alone(scene: Scene):
    alert = scene.case.alerts.get().alert
    Recused.objects.create(alert=alert, staff_no=scene["leader"].staff_no, reason="squad_leader")
    order = scene.order()
    with pytest.raises(NotFound):
        visible_order(scene["leader"], order.number)
    Party.objects.filter(pk=scene.party.pk).update(redacted=True)
    blind, seen = visible_order(scene["leader"], order.number), visible_order(scene["deputy"], order.number)
    shown = shown_to(Viewer(scene["leader"], ""), blind)
    assert (shown.redacted, shown.evidence) == (True, 0)
    assert PROBLEM["fact"] not in str(shown) and scene.case.title not in str(shown)
    assert shown_to(Viewer(scene["deputy"], ""), seen).title == scene.case.title
    for line in orders_to_do(Viewer(scene["leader"], "")):
        assert scene.case.title not in line["title"]
    services.sign(number=order.number, actor=scene["leader"])
