"""The fields of a transfer letter, by the names the forms of the force give them."""

from typing import Any

from oversight.measures.papers import day, lines, name
from oversight.measures.transfers.models import Transfer


def document_fields(one: Transfer) -> dict[str, Any]:
    """移送函."""
    return {
        "文号": one.letter_no,
        "编号": one.number,
        "案号": one.case.number,
        "受移送机关": one.get_authority_display(),
        "受移送单位": one.recipient,
        "移送事项": one.about,
        "移送理由": one.reason,
        "依据": one.basis,
        "材料清单": lines(one.materials),
        "提出人": name(one.proposed_by),
        "审批人": name(one.decided_by),
        "移送日期": day(one.sent_on),
        "回执编号": one.receipt_no,
        "接收人": one.received_by,
        "反馈日期": day(one.result_on),
        "反馈结果": one.result,
    }
