from django.utils.translation import gettext_lazy as _

from ledger.lines.base import Attribute, Line

LINE = Line(
    code="inspection",
    title=_("vehicle inspection"),
    actions={
        "initial": _("inspection of a new vehicle"),
        "periodic": _("periodic inspection"),
        "online": _("online review of an inspection"),
        "exempt": _("exemption label"),
        "modification": _("inspection of a modification"),
    },
    attributes={
        "line_no": Attribute("text", _("inspection line"), "检测线"),
        "inspector": Attribute("text", _("inspector"), "检验员"),
        "brake_curve": Attribute("digest", _("digest of the brake curves"), "制动曲线摘要"),
        "photo_hash": Attribute("digest", _("digest of the photographs"), "照片摘要"),
        "trailer": Attribute("text", _("trailer"), "挂车"),
        "mileage": Attribute("number", _("mileage"), "行驶里程"),
        "brake_rate": Attribute("number", _("braking rate"), "制动率"),
        "length": Attribute("number", _("length of the vehicle"), "外廓长"),
        "calibrated_at": Attribute("time", _("time of calibration"), "校准时间"),
        "valid_until": Attribute("time", _("valid until"), "有效期止"),
    },
)
