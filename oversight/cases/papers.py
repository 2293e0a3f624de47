"""Form fields of the 交办单 of a case and of the 督办单 of an escalation, by their Chinese names; documents only render them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import translation

from ledger.kit.days import SHANGHAI
from oversight.cases.escalations.models import Escalation
from oversight.cases.facts import LANGUAGE
from oversight.cases.models import Case, Party
from oversight.cases.telling import told
from risk.alerts.models import Alert


def document_fields(obj: Case | Escalation) -> dict[str, Any]:
    """Text by field, lists where the form repeats a line. Whoever renders it has seen that its reader sees the case unredacted."""
    with translation.override(LANGUAGE):
        return _of_case(obj) if isinstance(obj, Case) else _of_escalation(obj)


def _of_case(case: Case) -> dict[str, Any]:
    """整改通知书/交办单, as far as the case itself fills it; its orders have papers of their own."""
    parties = list(_dispatched(case).select_related("unit", "signed_by"))
    lead = next((party for party in parties if party.part == Party.Part.LEAD), None)
    return {
        "文号": case.number,
        "主送单位": lead.unit.name if lead else "",
        "事项": case.title,
        "等级": _LEVELS[case.level],
        "来源预警": _alerts(case),
        "问题清单": case.facts.splitlines(),
        "依据": case.basis,
        "整改要求": case.requirement,
        "责任分工": [f"{party.get_part_display()} {party.unit.name}：{party.duty}" for party in parties],
        "签收期限": _moment(lead.sign_due_at) if lead else "",
        "期限": _moment(lead.due_at) if lead else "",
        "联系人": str(case.handler),
        "送达回证": [f"{party.unit.name} {_signed(party)}" for party in parties],
        "成文日期": _day(case.opened_at),
    }


def _of_escalation(one: Escalation) -> dict[str, Any]:
    """督办单."""
    case = one.case
    parties = list(_dispatched(case).select_related("unit"))
    entries = case.entries.filter(about=one.number).select_related("actor", "case").order_by("id")
    instructions = [f"{entry.actor} {_moment(entry.at)} {told(entry)}" for entry in entries if entry.kind == "escalation.instructed"]
    return {
        "文号": one.number,
        "紧急程度": one.get_urgency_display(),
        "来源预警/案号": [case.number, *_alerts(case)],
        "督办事项": case.title,
        "事实摘要": case.facts.splitlines(),
        "提级原因": f"{one.get_reason_display()}：{one.grounds}",
        "原承办与逾期情况": [f"{party.unit.name} {party.get_status_display()}，期限{_moment(party.due_at)}" for party in parties],
        "督办层级": f"{one.get_from_layer_display()} → {one.get_to_layer_display()} {one.to_unit.name}",
        "主办": _units(parties, lambda party: party.part == Party.Part.LEAD),
        "协办": _units(parties, lambda party: party.part != Party.Part.LEAD),
        "责任领导": one.addressee,
        "承办人": str(case.handler),
        "办理要求": one.requirement or case.requirement,
        "时限": _moment(one.due_at),
        "批示栏": instructions,
        "签收": f"{one.received_by} {_moment(one.received_at)}" if one.received_at else "",
        "办结报告": [f"{party.unit.name}：{party.work}" for party in parties if party.work],
        "复核意见": one.opinion,
        "销号审批": f"{one.finished_by} {_moment(one.finished_at)}" if one.finished_at else "",
    }


_LEVELS = {"red": "Ⅰ级红", "orange": "Ⅱ级橙", "yellow": "Ⅲ级黄", "blue": "Ⅳ级蓝"}


def _alerts(case: Case) -> list[str]:
    """Warnings by the numbers they were issued under, alerts without one by their own."""
    found = Alert.objects.filter(of_case__case=case).order_by("-level_rank", "pk").values_list("number", "warning__number")
    return [warning or number for number, warning in found]


def _dispatched(case: Case) -> QuerySet[Party]:
    """Whom the case went to; who only reviews something in it stands on no paper."""
    return case.parties.filter(part__in=Party.DISPATCHED).order_by("place")


def _units(parties: list[Party], which: Callable[[Party], bool]) -> str:
    return "、".join(party.unit.name for party in parties if which(party))


def _signed(party: Party) -> str:
    return f"{party.signed_by} {_moment(party.signed_at)}" if party.signed_at else "未签收"


def _moment(at: datetime) -> str:
    local = at.astimezone(SHANGHAI)
    return f"{local.year}年{local.month}月{local.day}日{local.hour}时{local.minute:02}分"


def _day(at: datetime) -> str:
    local = at.astimezone(SHANGHAI)
    return f"{local.year}年{local.month}月{local.day}日"
