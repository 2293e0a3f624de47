from django.utils.translation import gettext_lazy as _

from ledger.lines.base import Attribute, Line

LINE = Line(
    code="violation",
    title=_("violation handling"),
    actions={
        "onsite": _("on-the-spot penalty"),
        "camera": _("camera violation"),
        "entry": _("violation entry"),
        "cancel": _("violation cancelled"),
        "impound": _("vehicle impounded"),
        "release": _("vehicle released"),
        "education": _("education instead of a penalty"),
    },
    attributes={
        "violation_code": Attribute("text", _("violation code"), "违法代码"),
        "evidence_at": Attribute("time", _("time of the evidence"), "证据时间"),
        "device_no": Attribute("text", _("recording device"), "设备编号"),
        "place": Attribute("text", _("place of the violation"), "违法地点"),
        "rider_platform": Attribute("text", _("delivery platform"), "骑手平台"),
        "phone": Attribute("personal", _("phone"), "联系电话"),
        "paid_at": Attribute("time", _("time of payment"), "缴款时间"),
        "cancel_reason": Attribute("text", _("reason of the cancellation"), "撤销原因"),
        "entry_mode": Attribute("text", _("way of entry"), "录入方式"),
        "evidence": Attribute("text", _("kind of evidence"), "证据类型"),
        "bac": Attribute("number", _("blood alcohol"), "血液酒精含量"),
        "lock_op": Attribute("text", _("lock operation"), "锁定操作"),
    },
)
