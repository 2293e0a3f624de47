"""The fields of the papers of accountability, by the names the forms of the force give them."""

from typing import Any

from oversight.measures.accountability.models import Accountability
from oversight.measures.joint.queries import points_of
from oversight.measures.papers import day, name


def paper_title(one: Accountability) -> str:
    """Of an outsider it is never called a decision."""
    return "处理建议书" if one.outside else "责任追究审批表"


def decided_here(one: Accountability) -> bool:
    """Whether the force itself decides it: never of an outsider, and of Party and government discipline it only registers the decision."""
    return not one.outside and one.measure not in (Accountability.Means.PARTY, Accountability.Means.GOVERNMENT)


def decision_fields(one: Accountability) -> dict[str, Any]:
    """责任追究决定书: the same facts, of which the measure is what was decided."""
    return document_fields(one) | {"标题": "责任追究决定书", "处理决定": one.get_measure_display()}


def document_fields(one: Accountability) -> dict[str, Any]:
    """责任追究审批表, or 处理建议书 of an outsider."""
    return {
        "标题": paper_title(one),
        "编号": one.number,
        "线索来源": one.case.number,
        "当事人": one.subject_name,
        "警号": one.subject_code,
        "类别": one.get_category_display(),
        "行为时岗位与单位": one.place_then,
        "事实证据": one.facts,
        "法制认定": one.get_finding_display() if one.finding else "",
        "认定理由": one.finding_text,
        "法制认定人": name(one.legal_by),
        "陈述申辩": one.statement or (one.get_hearing_display() if one.hearing else ""),
        "处理建议": one.get_measure_display(),
        "依据条款": one.basis,
        "连带责任": [f"{row.name}（{row.get_part_display()}）：{row.formula}" for row in points_of(one.number)],
        "提出人": name(one.proposed_by),
        "审批人": name(one.decided_by),
        "决定机关": one.deciding_body,
        "决定机关文号": one.document_no,
        "决定日期": day(one.decided_on),
        "送达": f"{day(one.served_on)} {one.served_how}".strip(),
        "申诉期": day(one.appeal_until),
        "申诉情况": one.appeal,
        "执行": f"{day(one.executed_on)} {one.execution}".strip(),
        "影响期": day(one.effect_until),
    }
