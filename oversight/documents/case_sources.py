"""What a case itself has to put on paper: 交办单 to its parties, 督办单 to the superior unit over them and of an escalation."""

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from ledger.journal.models import Transaction
from ledger.kit.errors import Conflict
from ledger.roster.models import User
from oversight.cases.escalations.models import Escalation
from oversight.cases.escalations.services import visible_escalation
from oversight.cases.facts import LANGUAGE
from oversight.cases.models import Case, Party
from oversight.cases.papers import assigned, copied, escalation_fields, moment, running_until, standing, warnings_of
from oversight.cases.running import with_terms
from oversight.cases.visibility import openly_visible_case
from oversight.center.presenters.rows import said
from oversight.center.presenters.subjects import Names
from oversight.documents.sources import Material, Offer, register
from risk.alerts.models import Alert
from risk.frames import TRANSACTIONS

MOST_SERIALS = 20
LEVELS = {"red": "Ⅰ级（红）", "orange": "Ⅱ级（橙）", "yellow": "Ⅲ级（黄）", "blue": "Ⅳ级（蓝）"}
EXTENDED = "order.extended"
PARTS = {"lead": "主办", "superior": "督办（上级单位）", "department": "协办（业务科室）", "discipline": "协办（纪检）"}


def assignment(user: User, number: str) -> Material:
    """交办单. Raises NotFound, and Conflict while the case has no parties to assign it to."""
    case = openly_visible_case(user, number)
    parties = _parties(case)
    ends = [end for one in parties if (end := running_until(one))] or [one.due_at for one in parties]
    lead = next((one for one in parties if one.part == Party.Part.LEAD), parties[0])
    fields = {
        "等级": LEVELS[case.level],
        "来源预警": warnings_of(case),
        "主送单位": "、".join(one.unit.name for one in parties),
        "事项": case.title,
        "问题清单": _problems(case),
        "依据": case.basis,
        "整改要求": case.requirement,
        "责任分工": [f"{PARTS[one.part]} {assigned(one)}" for one in parties],
        "签收期限": moment(lead.sign_due_at),
        "期限": moment(max(ends)),
        "联系人": str(case.handler),
        "送达回证": _signed(parties),
    }
    return Material(case, fields, tuple(one.unit for one in parties))


def supervision(user: User, number: str) -> Material:
    """督办单 of an escalation, by its number, or over a whole case. Raises NotFound, and Conflict while the case has no superior unit among
    its parties."""
    if Escalation.objects.filter(number=number).exists():
        return _escalated(visible_escalation(user, number))
    case = openly_visible_case(user, number)
    parties = _parties(case)
    above = [one for one in parties if one.part == Party.Part.SUPERIOR]
    if not above:
        raise Conflict(_("No superior unit takes part in this case; add it before you make this document."))
    lead = [one for one in parties if one.part == Party.Part.LEAD]
    fields = {
        "来源预警案号": case.number,
        "督办事项": case.title,
        "事实摘要": case.facts,
        "原承办与逾期情况": [standing(one, timezone.now()) for one in lead],
        "主办": [one.unit.name for one in above],
        "协办": [one.unit.name for one in parties if one not in above],
        "时限": moment(max(running_until(one) or one.due_at for one in above)),
        "办理要求": [one.duty for one in above],
        "签收": "；".join(_signed(above)),
        "办结报告": [one.work for one in above],
        "抄送": copied(case),
    }
    return Material(case, fields, tuple(one.unit for one in parties))


def _escalated(one: Escalation) -> Material:
    parties = _parties(one.case)
    extended = [
        f"{entry.about}经{entry.actor}批准延期至{moment(datetime.fromisoformat(entry.data['until']))}"
        for entry in one.case.entries.filter(kind=EXTENDED).select_related("actor").order_by("id")
    ]
    fields = escalation_fields(one, parties, timezone.now()) | {"延期": extended}
    return Material(one.case, fields, (one.to_unit, *(party.unit for party in parties)))


def _parties(case: Case) -> list[Party]:
    order = list(Party.DISPATCHED)
    found = with_terms(case.parties.filter(part__in=order)).select_related("unit", "signed_by")
    parties = sorted(found, key=lambda one: (order.index(Party.Part(one.part)), one.pk))
    if not parties:
        raise Conflict(_("The case has not been dispatched to any unit yet; dispatch it first."))
    return parties


def _problems(case: Case) -> list[dict[str, str]]:
    """A row for each alert of the case: its sentence, the serial numbers behind it, and the clause and checklist item of its rule."""
    alerts = list(Alert.objects.filter(of_case__case=case).select_related("rule", "rule_version", "unit").order_by("id"))
    names = Names.of(alerts)
    with translation.override(LANGUAGE):
        facts = {alert.pk: said(alert, names.subject(alert)) for alert in alerts}
    return [
        {
            "事实": f"{alert.number} {facts[alert.pk]}",
            "证据流水": _serials(alert),
            "违反条款": alert.rule_version.basis,
            "清单项": alert.rule_version.checklist_item,
        }
        for alert in alerts
    ]


def _serials(alert: Alert) -> str:
    if alert.rule.frame != TRANSACTIONS:
        return f"见平台预警 {alert.number}"
    found = Transaction.objects.filter(pk__in=alert.evidence.values("row_id")).order_by("accepted_at", "pk")
    shown = list(found.values_list("serial_no", flat=True)[: MOST_SERIALS + 1])
    more = f" 等{alert.evidence_count}笔" if len(shown) > MOST_SERIALS else ""
    return "、".join(shown[:MOST_SERIALS]) + more


def _signed(parties: Iterable[Party]) -> list[str]:
    return [f"{one.unit.name} {one.signed_by} {moment(one.signed_at)}平台签收" for one in parties if one.signed_at]


def offers(case: Case) -> list[Offer]:
    return [Offer(case.number, case.title)]


def supervised(case: Case) -> list[Offer]:
    """Each escalation of the case, and the case itself where a superior unit stands over it."""
    raised = case.escalations.select_related("to_unit").order_by("id")
    whole = offers(case) if case.parties.filter(part=Party.Part.SUPERIOR).exists() else []
    return [*(Offer(one.number, one.to_unit.name) for one in raised), *whole]


def register_cases() -> None:
    register("assignment", resolve=assignment, offers=lambda case: offers(case) if case.parties.exists() else [])
    register("supervision_order", resolve=supervision, offers=supervised)
