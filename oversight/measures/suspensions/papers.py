"""The fields of the two notices of a suspension, by the names the forms of the force give them."""

from typing import Any

from ledger.kit.days import today
from oversight.measures.papers import clock, day, lines, name
from oversight.measures.suspensions.models import AgencyObjection, Extension, Suspension


def document_fields(one: Suspension) -> dict[str, Any]:
    """暂停办理业务通知书."""
    return {
        "文号": one.document_no,
        "编号": one.number,
        "机构": one.agency_name,
        "机构代码": one.agency_code,
        "统一信用代码": one.credit_code,
        "暂停内容": one.get_effect_display(),
        "业务范围": one.scope,
        "起": day(one.starts_on),
        "止": day(one.ends_on),
        "事实": one.facts,
        "依据": one.basis,
        "陈述申辩": one.statement or (one.get_hearing_display() if one.hearing else ""),
        "整改内容": lines(one.rectification),
        "恢复条件": lines(one.conditions),
        "在途业务": one.in_flight,
        "群众分流": one.diversion,
        "异议、救济": one.remedy,
        "法制审核人": name(one.legal_by),
        "法制审核意见": one.legal_opinion,
        "审批人": name(one.decided_by),
        "审批会议": one.meeting_no,
        "送达": f"{day(one.served_on)} {one.served_how}".strip(),
    }


def last_extension(one: Suspension) -> Extension | None:
    """The extension by which it ends when it ends now."""
    found = one.extensions.filter(state=Extension.State.GRANTED).select_related("asked_by", "decided_by")
    return found.order_by("-decided_at", "-id").first()


def extension_fields(one: Suspension) -> dict[str, Any]:
    """停业整改延期通知书, of the last extension that was granted."""
    row = last_extension(one)
    if row is None:
        return {}
    return {
        "文号": row.document_no,
        "编号": one.number,
        "机构": one.agency_name,
        "统一信用代码": one.credit_code,
        "原通知文号": one.document_no,
        "暂停内容": one.get_effect_display(),
        "业务范围": one.scope,
        "原截止日期": day(row.ends_on),
        "延期至": day(row.until),
        "延期理由": row.reason,
        "整改内容": lines(one.rectification),
        "群众分流": one.diversion,
        "异议、救济": one.remedy,
        "申请人": name(row.asked_by),
        "审批人": name(row.decided_by),
        "审批会议": row.meeting_no,
    }


def answer_fields(row: AgencyObjection) -> dict[str, Any]:
    """异议答复书, of an objection that was answered."""
    one = row.suspension
    return {
        "编号": row.number,
        "机构": one.agency_name,
        "统一信用代码": one.credit_code,
        "原通知文号": one.document_no,
        "停业整改编号": one.number,
        "暂停内容": one.get_effect_display(),
        "异议人": row.objector,
        "收到日期": day(row.received_on),
        "异议内容": row.text,
        "复核结论": row.get_outcome_display(),
        "答复意见": row.answer,
        "异议救济": one.remedy,
        "答复人": name(row.answered_by),
        "答复日期": day(today(row.answered_at)) if row.answered_at else "",
        "登记人": name(row.entered_by),
        "答复期限": day(row.answer_by),
    }


def resumption_fields(one: Suspension) -> dict[str, Any]:
    """恢复通知书."""
    team = list(one.acceptances.filter(round=one.round).select_related("by").order_by("at"))
    findings = [
        f"{condition}：{'符合' if met else '不符合'}{f'（{remark}）' if remark else ''}"
        for row in team[:1]
        for condition, met, remark in row.findings
    ]
    return {
        "文号": one.lifting_no,
        "编号": one.number,
        "机构": one.agency_name,
        "恢复内容": one.get_effect_display(),
        "申请日期": day(one.applied_on),
        "验收时间": clock(team[-1].at) if team else "",
        "验收人员": [name(row.by) for row in team],
        "逐项结论": findings,
        "批准人": name(one.lifted_by),
        "批准时间": clock(one.lifted_at),
        "试运行期": day(one.probation_until),
    }
