"""What the notices of a breaker say: 暂停办理业务通知书 and, once it was lifted, 恢复通知书; fields by their names on the form."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.kit.days import SHANGHAI, today
from oversight.breakers import words
from oversight.breakers.blast import blast_of
from oversight.breakers.lists import names_of
from oversight.breakers.models import Breaker, BreakerEntry
from oversight.breakers.presenting import sentence


def document_fields(breaker: Breaker) -> dict[str, Any]:
    """Fields as text. The subject stands in clear, since the notice is served on it; nobody else is named but who decided.

    法制审核人, 印章 and 送达 are filled in on paper.
    """
    names, terms = names_of([breaker]), breaker.policy.terms
    subject = names.named(breaker.subject_kind, breaker.subject_code, today())
    entries = {one.kind: one for one in breaker.entries.select_related("actor").order_by("id")}
    tripped, lifted = entries.get("tripped"), entries.get("lifted")
    blast = blast_of(breaker.subject_kind, breaker.subject_code, timezone.now())
    waiting = _("%(items)d unfinished items, %(persons)d persons waiting, %(others)d could take over") % {
        "items": blast.open_items,
        "persons": blast.waiting,
        "others": blast.others,
    }
    return {
        "编号": breaker.number,
        "对象": subject.column,
        "统一信用代码（编码）": breaker.subject_code,
        "监管单位": breaker.unit.name,
        "业务范围": words.effects(terms.effects),
        "起": _time(breaker.tripped_at),
        "止": _time(breaker.expires_at),
        "事实": words.entry(tripped) if tripped else sentence(breaker),
        "依据": f"{breaker.policy.get_subject_kind_display()} v{breaker.policy.version}（{breaker.policy.number}）",
        "恢复条件": _("a rectification accepted since the trip"),
        "在途业务与群众分流": waiting,
        "审批人": _person(tripped),
        "验收": str(lifted.data.get("reference", "")) if lifted else "",
        "验收结论": str(lifted.data.get("note", "")) if lifted else "",
        "恢复时间": _time(lifted.at) if lifted else "",
        "恢复审批人": _person(lifted),
        "试运行期": _time(breaker.probation_until),
        "法制审核人": "",
        "送达": "",
    }


def _time(moment: datetime | None) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if moment else ""


def _person(entry: BreakerEntry | None) -> str:
    return str(entry.actor) if entry is not None and entry.actor is not None else ""
