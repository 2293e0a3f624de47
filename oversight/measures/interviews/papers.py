"""The fields of the notice and of the record of an interview, by the names the forms of the force give them."""

from typing import Any

from oversight.measures.interviews.models import Interview
from oversight.measures.papers import clock, day, name


def notice_fields(one: Interview) -> dict[str, Any]:
    """约谈通知."""
    return {
        "文号": one.number,
        "对象": one.title,
        "事由": one.reason,
        "依据": one.basis,
        "时间": clock(one.held_on),
        "地点": one.place,
        "约谈人": [name(one.interviewer), name(one.second)],
        "须携材料": one.to_bring,
        "联系人": one.contact,
    }


def document_fields(one: Interview) -> dict[str, Any]:
    """警示约谈记录."""
    return {
        "编号": one.number,
        "审批文号": one.case.number,
        "审批人": name(one.decided_by),
        "起时": clock(one.held_on),
        "止时": clock(one.ended_at),
        "地点": one.place,
        "约谈人": [name(one.interviewer), name(one.second)],
        "记录人": one.recorder,
        "参加人": one.present,
        "被约谈人": one.title,
        "单位职务": one.subject_place,
        "警号或机构代码": one.subject_code,
        "类别": one.get_category_display(),
        "回避询问": one.recusal_answer,
        "事由与事实": one.facts or one.reason,
        "陈述申辩": one.statement,
        "整改要求": one.requirements,
        "整改期限": day(one.fulfil_by),
        "表态承诺": one.promise,
        "核对语": "以上记录我看过，与我说的相符",
        "签名方式": one.get_signature_display() if one.signature else "",
        "签名日期": clock(one.signed_at),
        "拒签注明": one.witness,
        "异议": one.objection,
        "后续跟踪人": name(one.follow_up),
    }
