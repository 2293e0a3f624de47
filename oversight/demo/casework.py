"""The cases of a centre that has worked for two months: opened, ordered, answered and closed through the services, as people do it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from ledger.kit.days import today
from ledger.lines import lines
from ledger.roster.accounts import User
from ledger.roster.models import Unit
from oversight.cases import closing, conduct, parties
from oversight.cases.escalations import services as escalations
from oversight.cases.leading.services import Led, record_lead
from oversight.cases.models import Case, Party
from oversight.cases.policy.services import save_departments
from oversight.cases.prefill import prefilled
from oversight.cases.services import NewParty, decide_dispatch, open_case
from oversight.demo import consequences
from oversight.demo.cast import WINDOW
from oversight.demo.offices import answering, person
from oversight.orders import extending, responding, reviewing, services
from oversight.orders.models import Order, Response
from oversight.orders.prefill import problems_of, usual
from risk.alerts.models import Alert, Recused
from risk.alerts.services import acknowledge
from risk.alerts.warnings import confirm, issue

DEPARTMENTS = {
    "registration": "车辆管理所",
    "inspection": "车辆管理所",
    "exam": "考试管理中心",
    "violation": "秩序管理科",
    "accident": "事故处理科",
    "common": "政工科",
}
OFFICIALS = ("supervisor1", "supervisor2", "leader1", "leader2", "discipline1", "discipline2", "legal1", "system1")
REQUIREMENT = "逐笔核对所列业务，说明原因，纠正差错，并提出防止再次发生的措施。"
ANSWER = {
    "cause": "窗口忙时由一人受理兼复核，退回和撤销未经第二人把关。",
    "measures": "退回、撤销一律由带班民警复核签字；每周抽查二十笔并留存记录。",
    "result": "所列业务已逐笔复核，差错已更正，当事人已逐一告知。",
}
CONCLUSION = "经核对台账、环节记录与监控，情况属实；整改措施已落实，复核无新的同类问题。"
SHORTLY = timedelta(seconds=10)


@dataclass(frozen=True)
class Story:
    """How far a case has come, and the alert it would best be about; any other will do. `joins`: with all others of that subject."""

    tell: Callable[[Case], Any]
    kind: str = ""
    levels: tuple[str, ...] = ()
    unit: str = ""
    joins: bool = False

    def distance(self, alert: Alert) -> int:
        """How far an alert is from what the story wants; 0: it is just that."""
        wrong_kind = bool(self.kind) and alert.subject_kind != self.kind
        wrong_level = bool(self.levels) and alert.level not in self.levels
        wrong_unit = bool(self.unit) and (alert.unit is None or alert.unit.name != self.unit)
        return 4 * wrong_kind + 2 * wrong_unit + wrong_level


def work(numbers: Sequence[str]) -> list[str]:
    """Play the stories over the alerts with these numbers, one after the other while there are any; returns those left over."""
    name_departments()
    left = [alert for alert in _alerts(numbers) if _dispatchable(alert)]
    undone = [number for number in numbers if number not in {alert.number for alert in left}]
    for story in STORIES:
        if not left:
            break
        first = min(left, key=story.distance)
        chosen = [alert for alert in left if alert == first or (story.joins and _same(alert, first))]
        left = [alert for alert in left if alert not in chosen]
        story.tell(opened(chosen, dispatch=story.tell is not waits_for_the_leader))
    consequences.breakers()
    return [*undone, *(alert.number for alert in left)]


def name_departments() -> None:
    codes = dict(Unit.objects.values_list("name", "code"))
    named = {line: codes.get(DEPARTMENTS[line], "") for line in (*lines(), "common") if line in DEPARTMENTS}
    save_departments(departments=named, actor=person("system1"))


def _alerts(numbers: Sequence[str]) -> list[Alert]:
    """In the order of the numbers."""
    found = {alert.number: alert for alert in Alert.objects.filter(number__in=numbers).select_related("unit", "rule_version")}
    return [found[number] for number in numbers if number in found]


def _dispatchable(alert: Alert) -> bool:
    """Whether a case over it needs nobody to be chosen, and nobody of the cast is recused from it."""
    if Recused.objects.filter(alert=alert, staff_no__in=User.objects.filter(username__in=OFFICIALS).values("staff__staff_no")).exists():
        return False
    return alert.unit is not None and all(one.code for one in prefilled([alert], alert.unit))


def _same(one: Alert, other: Alert) -> bool:
    return (one.subject_kind, one.subject_code) == (other.subject_kind, other.subject_code)


def put_out(number: str, actor: User, second: User) -> None:
    """The alert is taken and issued as a warning, by two people where its level asks for them."""
    acknowledge(number=number, actor=actor)
    issued = issue(number=number, actor=actor, text="已核对台账、环节记录与监控，情况属实。")
    if issued.status == Alert.Status.PROPOSED:
        confirm(number=number, actor=second)


def opened(alerts: Sequence[Alert], *, dispatch: bool) -> Case:
    """A case over the alerts, opened by the first supervisor; one of two people is approved by the leader if `dispatch`."""
    actor, second = person("supervisor1"), person("supervisor2")
    gravest = max(alerts, key=lambda alert: (alert.level_rank, -alert.pk))
    assert gravest.unit is not None
    wanted = [NewParty(one.part, one.code) for one in prefilled([gravest], gravest.unit)]
    for alert in alerts:
        put_out(alert.number, actor, second)
    told = {"basis": gravest.rule_version.basis, "requirement": "查清事实、落实整改、按期反馈；各方按职责办理。"}
    case = open_case(alerts=[alert.number for alert in alerts], actor=actor, parties=wanted, **told)
    if case.status == Case.Status.ASKED and dispatch:
        decide_dispatch(number=case.number, actor=person("leader1"), approve=True, note="同意，抓紧查清。")
    return Case.objects.select_related("unit").get(pk=case.pk)


def lead_of(case: Case) -> Party:
    return case.parties.select_related("unit").get(part=Party.Part.LEAD)


def ordered(case: Case, **terms: Any) -> Order:
    """An order to the lead unit of the case, with what its form is filled with."""
    lead = lead_of(case)
    texts = {name: usual(case, lead)[name] for name in ("review_way", "objection_way")}
    told = {"requirement": REQUIREMENT, "problems": problems_of(case), "materials": "情况说明、台账复印件、监控截图"} | texts | terms
    return services.issue_order(case=case, party=lead, actor=person("supervisor1"), **told)


def signed(case: Case, **terms: Any) -> tuple[Order, User]:
    """An order the unit has signed for, and who signed."""
    order, who = ordered(case, **terms), answering(lead_of(case))
    return services.sign(number=order.number, actor=who), who


def drafted(case: Case) -> Order:
    order, who = signed(case)
    typed = ANSWER | {"result": "", "responsible": str(who), "done_on": ""}
    responding.save_draft(number=order.number, actor=who, typed=typed, version=0)
    return order


def answered(case: Case) -> Order:
    order, who = signed(case)
    told: dict[str, Any] = {"number": order.number, "actor": who, "typed": ANSWER | {"responsible": str(who), "done_on": f"{today()}"}}
    if order.first_due_at is not None:
        responding.send_report(**told, version=0, stage=Response.Stage.FIRST)
    responding.send_report(**told, version=order.responses.count(), stage=Response.Stage.FINAL)
    return order


def accepted(case: Case) -> Order:
    return reviewing.accept(number=answered(case).number, actor=person("supervisor2"), note="已抽查台账，与反馈一致。")


def all_signed(case: Case) -> None:
    """Whoever has not signed does; the department also reports."""
    for party in case.parties.filter(status=Party.Status.WAITING).select_related("unit", "case"):
        who = answering(party)
        parties.sign(number=case.number, party=party.pk, actor=who)
        if party.part == Party.Part.DEPARTMENT:
            parties.report_duty(number=case.number, party=party.pk, actor=who, work="已到场指导核查，并在全线开展自查。")


def proposed(case: Case, outcome: str = Case.Outcome.CONFIRMED) -> Case:
    """Its order accepted, what was raised finished, it is put up for closing."""
    accepted(case)
    all_signed(case)
    for escalation in case.escalations.all():
        escalations.instruct(number=escalation.number, actor=person("leader1"), note="请分管领导盯办，限期查清。")
        escalations.finish(number=escalation.number, actor=person("leader1"), note="整改到位，同意办结。")
    return closing.propose_closing(number=case.number, actor=person("supervisor1"), outcome=outcome, conclusion=CONCLUSION)


def closed(case: Case, outcome: str = Case.Outcome.CONFIRMED) -> None:
    number = proposed(case, outcome).number
    closing.decide_closing(number=number, actor=person("leader2"), approve=True, note="同意销号。")


# The stories, each told of a case that has just been opened.


def waits_for_the_leader(case: Case) -> None:
    """交办审批: nothing more has happened."""


def nobody_has_signed(case: Case) -> None:
    conduct.comment(number=case.number, actor=person("discipline1"), note="已关注，请主办单位先固定监控录像。")


def closed_as_proved(case: Case) -> None:
    consequences.document("assignment", case.number)
    closed(case)


def closed_in_part(case: Case) -> None:
    consequences.interview_archived(case)
    closed(case, Case.Outcome.PARTLY)


def put_up_for_closing(case: Case) -> None:
    proposed(case)


def agency_is_suspended(case: Case) -> None:
    consequences.document("rectification_notice", drafted(case).number)
    all_signed(case)
    consequences.suspension_in_force(case)


def agency_suspension_is_proposed(case: Case) -> None:
    ordered(case)
    consequences.transfer_sent(case)
    consequences.suspension_proposed(case)


def answer_waits_for_review(case: Case) -> None:
    answered(case)
    consequences.interview_notified(case)
    consequences.accountability_executed(case)


def answer_was_returned(case: Case) -> None:
    order = answered(case)
    comments = {"measures": "未写明由谁复核、何时起执行。", "result": "缺复核清单。"}
    reviewing.send_back(number=order.number, actor=person("supervisor2"), comments=comments, note="请补充后再报。")
    consequences.accountability_waits_for_legal(case)


def unit_works_on_a_draft(case: Case) -> None:
    drafted(case)


def order_is_overdue_and_case_raised(case: Case) -> None:
    soon = timezone.now() + SHORTLY
    order, _who = signed(case, sign_due_at=soon, first_due_at=soon if case.level == "red" else None, due_at=soon)
    services.remind(number=order.number, actor=person("supervisor1"), note="今日到期，请抓紧反馈。")
    to = next(key for key in escalations.targets(case) if key.startswith("committee"))
    grounds = "同类问题反复出现，主办单位进展缓慢。"
    escalations.raise_case(number=case.number, actor=person("supervisor2"), to=to, grounds=grounds, requirement="请分管支队领导督办。")


def extension_is_asked_for(case: Case) -> None:
    order, who = signed(case)
    until, note = order.due_at + timedelta(days=3), "当事民警外出培训，返岗后方可逐笔核对。"
    extending.ask_extension(number=order.number, actor=who, until=until, note=note)
    all_signed(case)
    consequences.circular_issued(case)


def sealed(case: Case) -> None:
    """密办, and led by the city's discipline commission, with which the force cooperates."""
    told = {"body": "discipline", "name": "市纪委监委驻公安局纪检监察组", "reference": f"驻纪核〔{today().year}〕18号"}
    asked = "调取涉及业务的全部流水和档案，核查期间不与当事人接触。"
    led = Led(**told, contact=f"支队纪检室 {person('discipline1')}", asked=asked, since=f"{today()}")
    record_lead(number=case.number, actor=person("discipline1"), led=led, seal=True)


GRAVE, MILD = ("orange", "red"), ("blue", "yellow")
STORIES = (
    Story(closed_as_proved, kind="agency", levels=("red",)),
    Story(unit_works_on_a_draft, unit=WINDOW),
    Story(agency_is_suspended, kind="agency", joins=True),
    Story(agency_suspension_is_proposed, kind="agency"),
    Story(answer_was_returned, kind="staff", unit=WINDOW),
    Story(answer_waits_for_review, kind="staff", levels=("orange",)),
    Story(closed_in_part, kind="staff", levels=("orange",)),
    Story(waits_for_the_leader, levels=GRAVE),
    Story(closed_as_proved, levels=MILD),
    Story(order_is_overdue_and_case_raised, levels=("orange",)),
    Story(extension_is_asked_for, kind="unit"),
    Story(sealed, kind="staff", levels=GRAVE),
    Story(put_up_for_closing, levels=MILD),
    Story(nobody_has_signed),
)
