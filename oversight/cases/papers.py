"""What a case and its escalations say on paper: how each party stands to its terms, and the fields of the 督办单 of an escalation."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import translation

from ledger.kit.days import SHANGHAI
from oversight.cases.escalations.models import Escalation
from oversight.cases.facts import LANGUAGE
from oversight.cases.models import Case, CaseEntry, Layer, Party
from oversight.cases.parties import REMINDED
from oversight.cases.policy.reading import Policy
from oversight.cases.telling import told
from risk.alerts.models import Alert


def escalation_fields(one: Escalation, parties: Sequence[Party], now: datetime) -> dict[str, Any]:
    """督办单, by the Chinese names of its fields, lists where the form repeats a line. `parties`: those the case went to, with their terms
    (oversight.cases.running). Whoever renders it has seen that its reader sees the case unredacted."""
    case = one.case
    with translation.override(LANGUAGE):
        written = {
            kind: [f"{entry.actor} {moment(entry.at)} {told(entry)}" for entry in _entries(case, kind, about)]
            for kind, about in (("escalation.instructed", one.number), (REMINDED, ""))
        }
        return {
            "紧急程度": one.get_urgency_display(),
            "来源预警案号": [case.number, *warnings_of(case)],
            "督办事项": case.title,
            "事实摘要": case.facts,
            "提级原因": f"{one.get_reason_display()}：{one.grounds}",
            "原承办与逾期情况": [standing(party, now) for party in parties],
            "督办层级": f"{one.get_from_layer_display()} → {one.get_to_layer_display()} {one.to_unit.name}",
            "主办": [party.unit.name for party in parties if party.part == Party.Part.LEAD],
            "协办": [party.unit.name for party in parties if party.part != Party.Part.LEAD],
            "责任领导": one.addressee,
            "承办人": str(case.handler),
            "办理要求": one.requirement or case.requirement,
            "时限": moment(one.due_at),
            "批示栏": written["escalation.instructed"],
            "签收": f"{one.received_by} {moment(one.received_at)}" if one.received_at else "",
            "催办记录": written[REMINDED],
            "办结报告": [f"{party.unit.name}：{party.work}" for party in parties if party.work],
            "复核意见": one.opinion,
            "销号审批": f"{one.finished_by} {moment(one.finished_at)}" if one.finished_at else "",
            "抄送": copied(case),
        }


def _entries(case: Case, kind: str, about: str) -> Sequence[CaseEntry]:
    found = case.entries.filter(kind=kind).select_related("actor", "case").order_by("id")
    return list(found.filter(about=about) if about else found)


def warnings_of(case: Case) -> list[str]:
    """Warnings by the numbers they were issued under, alerts without one by their own."""
    found = Alert.objects.filter(of_case__case=case).order_by("-level_rank", "pk").values_list("number", "warning__number")
    return [warning or number for number, warning in found]


def copied(case: Case) -> list[str]:
    """抄送: the levels that were told of the case."""
    layers = Policy.kept(case.policy).copied if case.policy else ()
    with translation.override(LANGUAGE):
        return [str(Layer(layer).label) for layer in layers]


def standing(party: Party, now: datetime) -> str:
    """How a unit stands to its two terms; once it has signed, what it was given to do beside says when that must be done."""
    said = []
    if party.signed_at is None:
        said.append(f"应于{moment(party.sign_due_at)}前签收，" + ("逾期未签收" if now > party.sign_due_at else "尚未签收"))
    due = running_until(party)
    if party.done_at is not None:
        said.append(f"{moment(party.done_at)}办结" + ("（逾期）" if party.done_at > party.due_at else ""))
    elif due is None:
        said.append("已反馈，待复核")
    else:
        said.append(f"应于{moment(due)}前办结，" + ("逾期未办结" if now > due else "正在办理"))
    return f"{party.unit.name}：{'；'.join(said)}。"


def assigned(party: Party) -> str:
    """What the unit is to do and until when, or that it has."""
    signed = "" if party.signed_at else f"{moment(party.sign_due_at)}前签收，"
    due = running_until(party)
    running = f"{moment(due)}前办结" if due else "已反馈，待复核"
    done = f"已于{moment(party.done_at)}办结" if party.done_at else running
    return f"{party.unit.name}：{party.duty}（{signed}{done}）"


def running_until(party: Party) -> datetime | None:
    """Until when its duty is to be done; None once it is answered."""
    return party.due_at if party.status == Party.Status.WAITING else party.term_end


def moment(at: datetime | None) -> str:
    """2026年3月5日17时30分, in Shanghai."""
    if at is None:
        return ""
    local = at.astimezone(SHANGHAI)
    return f"{local.year}年{local.month}月{local.day}日{local.hour}时{local.minute:02d}分"
