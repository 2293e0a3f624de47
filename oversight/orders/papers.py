"""整改通知书: the fields of the form (docs of the detachment, §4) as texts, for whoever renders it."""

from datetime import datetime
from typing import Any

from django.utils.formats import date_format

from ledger.kit.days import SHANGHAI
from oversight.orders.models import Order, Response

OVERDUE = "逾期未签收、未反馈的，由监管中心催办、提级督办，并计入单位考核。"


def document_fields(order: Order) -> dict[str, Any]:
    """By the Chinese name of the field; 问题清单 and 反馈 are lists of such. The seal is put on paper.

    Persons stand by name: the form needs them.
    """
    answered = order.responses.filter(stage=Response.Stage.FINAL).order_by("place").last()
    return {
        "文号": order.number,
        "案号": order.case.number,
        "主送单位": order.party.unit.name,
        "问题清单": [
            {"事实": one["fact"], "证据流水": "、".join(one["evidence"]), "违反条款": one["clause"], "清单项": one["item"]}
            for one in order.problems
        ],
        "责任人": answered.responsible if answered else "",
        "整改要求": order.requirement,
        "签收期限": _moment(order.sign_due_at),
        "初报期限": _moment(order.first_due_at),
        "期限": _moment(order.due_at),
        "反馈材料清单": order.materials,
        "复核方式": order.review_way,
        "异议途径": order.objection_way
        or (f"签收后3个工作日内（{_moment(order.objection_until)}前）经平台提出" if order.objection_until else ""),
        "逾期后果": OVERDUE,
        "联系人": str(order.issued_by),
        "送达回证": f"平台送达，{order.signed_by}于{_moment(order.signed_at)}签收" if order.signed_by else "",
        "反馈": [_reported(one) for one in order.responses.order_by("place")],
    }


def _reported(one: Response) -> dict[str, str]:
    return {
        "类别": "初报" if one.stage == Response.Stage.FIRST else "终报",
        "原因": one.cause,
        "措施": one.measures,
        "结果": one.result,
        "责任人": one.responsible,
        "完成日期": f"{one.done_on:%Y-%m-%d}" if one.done_on else "",
        "附件": "、".join(one.attachments.order_by("id").values_list("name", flat=True)),
        "复核意见": one.note,
    }


def _moment(at: datetime | None) -> str:
    return date_format(at.astimezone(SHANGHAI), "Y年n月j日H时i分", use_l10n=False) if at else ""
