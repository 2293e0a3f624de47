"""Documents of what is done about people: warned interviews, accountability, and the letter about an outsider."""

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from oversight.documents.kinds import DocumentKind, Field, Part, Shape

TEXT, LIST = Shape.TEXT, Shape.LIST
TO, NOTE, RECEIPT, KEPT = Part.TO, Part.NOTE, Part.RECEIPT, Part.KEPT

INTERVIEW_NOTICE = DocumentKind(
    code="interview_notice",
    title=_("Notice of a warned interview"),
    paper="警示约谈通知",
    word="约谈",
    official=True,
    opening="现就有关问题对你（单位）进行警示约谈，有关事项通知如下。",
    closing=("被约谈对象为机构的，由法定代表人到场；法定代表人不能到场的，由其书面授权的负责人到场。", "特此通知。"),
    receipt=True,
    fields=(
        Field("对象", part=TO),
        Field("事由", TEXT, label="约谈事由"),
        Field("依据", TEXT, label="约谈依据"),
        Field("时间", label="约谈时间"),
        Field("地点", label="约谈地点"),
        Field("约谈人", LIST),
        Field("须携材料", TEXT, label="须携带的材料"),
        Field("联系人", part=NOTE, clear=True),
    ),
)
INTERVIEW_RECORD = DocumentKind(
    code="interview_record",
    title=_("Record of a warned interview"),
    paper="警示约谈记录",
    word="约谈记录",
    foot="被约谈人签名：＿＿＿＿＿＿＿＿　　日期：＿＿＿年＿＿月＿＿日",
    fields=(
        Field("审批文号"),
        Field("审批人"),
        Field("起时", label="开始时间"),
        Field("止时", label="结束时间"),
        Field("地点"),
        Field("记录人"),
        Field("约谈人", LIST),
        Field("参加人", TEXT),
        Field("被约谈人"),
        Field("类别"),
        Field("单位职务"),
        Field("警号或机构代码", clear=True, label="警号（证件号）"),
        Field("回避询问", TEXT),
        Field("事由与事实", TEXT),
        Field("陈述申辩", TEXT),
        Field("整改要求", TEXT),
        Field("整改期限"),
        Field("后续跟踪人"),
        Field("表态承诺", TEXT),
        Field("异议", TEXT),
        Field("核对语", TEXT),
        Field("签名方式"),
        Field("签名日期"),
        Field("拒签注明", TEXT),
    ),
)
# One source gives the fields of both: of an outsider the force proposes, of its own people it decides.
ACCOUNTABLE = (
    Field("线索来源"),
    Field("类别", label="人员类别"),
    Field("当事人"),
    Field("警号", clear=True, label="警号（证件号）"),
    Field("行为时岗位与单位", TEXT),
    Field("事实证据", TEXT, label="事实与证据"),
    Field("法制认定"),
    Field("法制认定人"),
    Field("认定理由", TEXT),
    Field("陈述申辩", TEXT),
    Field("处理建议", TEXT),
    Field("依据条款", TEXT),
    Field("连带责任", LIST),
    Field("回避情况", TEXT, by_hand=True),
    Field("提出人"),
    Field("审批人"),
    Field("审核意见", TEXT, by_hand=True),
    Field("审批意见", TEXT, by_hand=True),
    Field("决定机关"),
    Field("决定机关文号"),
    Field("决定日期"),
    Field("申诉期", label="申诉期至"),
    Field("送达", TEXT),
    Field("申诉情况", TEXT),
    Field("执行", TEXT, label="执行情况"),
    Field("影响期", label="影响期至"),
)
ACCOUNTABILITY = DocumentKind(
    code="accountability_form",
    title=_("Form of accountability"),
    paper="责任追究审批表",
    word="",
    fields=ACCOUNTABLE,
)
_STATED = ("当事人", "类别", "警号", "行为时岗位与单位", "事实证据", "法制认定", "认定理由", "陈述申辩", "依据条款", "影响期", "申诉期")
ACCOUNTABILITY_DECISION = DocumentKind(
    code="accountability_decision",
    title=_("Decision on accountability"),
    paper="责任追究决定书",
    word="追究",
    official=True,
    opening="经核查，并已告知你有权陈述申辩，现对你作出责任追究决定。",
    closing=("如不服本决定，可以在申诉期内向决定机关提出书面申诉。", "特此决定。"),
    receipt=True,
    fields=(
        *(replace(one, part=TO if one.name == "当事人" else Part.BODY) for one in ACCOUNTABLE if one.name in _STATED[:8]),
        Field("处理决定", TEXT),
        *(one for one in ACCOUNTABLE if one.name in _STATED[8:]),
        Field("决定机关", part=NOTE),
        Field("决定日期", part=NOTE),
        Field("送达", TEXT, RECEIPT),
        *(replace(one, part=KEPT) for one in ACCOUNTABLE if one.name not in (*_STATED, "决定机关", "决定日期", "送达")),
    ),
)
_IN_A_LETTER = {
    "行为时岗位与单位": "身份及所在单位",
    "事实证据": "事实与证据",
    "处理建议": "处理建议",
    "依据条款": "依据",
    "陈述申辩": "陈述申辩",
}
RECOMMENDATION = DocumentKind(
    code="recommendation",
    title=_("Letter of recommendation on an outsider"),
    paper="处理建议书",
    word="建议",
    official=True,
    opening="我单位在监督工作中发现你单位有关人员（机构）存在下列问题，现提出处理建议。",
    closing=("请将处理结果函告我单位。",),
    receipt=True,
    fields=(
        Field("主送单位", part=TO),
        Field("当事人"),
        *(Field(name, TEXT, label=label) for name, label in _IN_A_LETTER.items()),
        Field("联系人", part=NOTE, clear=True),
        Field("送达", TEXT, RECEIPT),
        *(
            Field(one.name, one.shape, KEPT, one.label, clear=one.clear, by_hand=one.by_hand)
            for one in ACCOUNTABLE
            if one.name not in (*_IN_A_LETTER, "当事人", "送达")
        ),
    ),
)
