"""The fields of a circular, by the names the forms of the force give them (its page follows GB/T 9704)."""

from typing import Any

from ledger.roster.models import Unit
from oversight.measures.circulars.models import Circular
from oversight.measures.papers import day, lines, name


def document_fields(one: Circular) -> dict[str, Any]:
    """通报."""
    return {
        "发文机关": one.issuer,
        "文号": one.document_no,
        "编号": one.number,
        "标题": one.heading,
        "主送": list(Unit.objects.filter(code__in=one.to).order_by("path").values_list("name", flat=True)),
        "期间": one.period,
        "总体数字": one.figures,
        "典型问题": lines(one.problems),
        "原因": one.causes,
        "处理": one.handling,
        "要求": lines(one.requirements),
        "审核人": name(one.reviewed_by),
        "签发人": name(one.decided_by),
        "成文日期": day(one.issued_on),
        "抄送": one.copies,
        "保密期": day(one.secret_until),
    }
