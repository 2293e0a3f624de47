"""What a case itself has to put on paper: 交办单 to its parties, and 督办单 to the superior unit that stands over them."""

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from ledger.journal.models import Transaction
from ledger.kit.days import SHANGHAI
from ledger.kit.errors import Conflict
from ledger.roster.models import User
from oversight.cases.models import Case, Party
from oversight.cases.running import with_terms
from oversight.cases.visibility import openly_visible_case
from oversight.center.presenters.rows import said
from oversight.center.presenters.subjects import Names
from oversight.documents.sources import Material, Offer, register
from risk.alerts.models import Alert
from risk.frames import TRANSACTIONS

LANGUAGE = "zh-hans"
MOST_SERIALS = 20
LEVELS = {"red": "Ⅰ级（红）", "orange": "Ⅱ级（橙）", "yellow": "Ⅲ级（黄）", "blue": "Ⅳ级（蓝）"}
PARTS = {"lead": "主办", "superior": "督办（上级单位）", "department": "协办（业务科室）", "discipline": "协办（纪检）"}


def assignment(user: User, number: str) -> Material:
    """交办单. Raises NotFound, and Conflict while the case has no parties to assign it to."""
    case = openly_visible_case(user, number)
    parties = _parties(case)
    fields = {
        "等级": LEVELS[case.level],
        "主送单位": "、".join(one.unit.name for one in parties),
        "事项": case.title,
        "问题清单": _problems(case),
        "责任分工": [
            f"{PARTS[one.part]} {one.unit.name}：{one.duty}（{moment(one.sign_due_at)}前签收，{moment(one.due_at)}前办结）"
            for one in parties
        ],
        "期限": moment(max(one.due_at for one in parties)),
        "联系人": str(case.handler),
        "送达回证": _signed(parties),
    }
    return Material(case, fields, tuple(one.unit for one in parties))


def supervision(user: User, number: str) -> Material:
    """督办单 over a whole case. Raises NotFound, and Conflict while the case has no superior unit among its parties."""
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
        "原承办与逾期情况": [_standing(one) for one in lead],
        "主办": [one.unit.name for one in above],
        "协办": [one.unit.name for one in parties if one not in above],
        "时限": moment(max(one.due_at for one in above)),
        "办理要求": [one.duty for one in above],
        "签收": "；".join(_signed(above)),
        "办结报告": [one.work for one in above],
    }
    return Material(case, fields, tuple(one.unit for one in parties))


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


def _standing(party: Party) -> str:
    """How a unit stands to its two terms, now; once it has signed, an order it was given says when it must be done."""
    now, said_of = timezone.now(), []
    if party.signed_at is None:
        said_of.append(f"应于{moment(party.sign_due_at)}前签收，" + ("逾期未签收" if now > party.sign_due_at else "尚未签收"))
    due = party.due_at if party.status == Party.Status.WAITING else party.term_end
    if party.done_at is not None:
        said_of.append(f"{moment(party.done_at)}办结" + ("（逾期）" if party.done_at > party.due_at else ""))
    elif due is None:
        said_of.append("已反馈，待复核")
    else:
        said_of.append(f"应于{moment(due)}前办结，" + ("逾期未办结" if now > due else "正在办理"))
    return f"{party.unit.name}：{'；'.join(said_of)}。"


def moment(at: datetime | None) -> str:
    """2026年3月5日17时30分, in Shanghai."""
    if at is None:
        return ""
    local = at.astimezone(SHANGHAI)
    return f"{local.year}年{local.month}月{local.day}日{local.hour}时{local.minute:02d}分"


def offers(case: Case) -> list[Offer]:
    return [Offer(case.number, case.title)]


def supervised(case: Case) -> list[Offer]:
    return offers(case) if case.parties.filter(part=Party.Part.SUPERIOR).exists() else []


def register_cases() -> None:
    register("assignment", resolve=assignment, offers=lambda case: offers(case) if case.parties.exists() else [])
    register("supervision_order", resolve=supervision, offers=supervised)
