from django.utils.translation import gettext_lazy as _

from ledger.lines.base import Attribute, Line

LINE = Line(
    code="exam",
    title=_("driver examination"),
    actions={
        "subject1": _("subject one"),
        "subject2": _("subject two"),
        "subject3": _("subject three"),
        "subject4": _("subject four"),
        "licence_new": _("first licence"),
        "licence_renew": _("licence renewal"),
        "licence_upgrade": _("additional licence class"),
        "study": _("full-points study"),
        "exam_cancel": _("examination cancelled"),
    },
    attributes={
        "exam_site": Attribute("text", _("examination site"), "考场"),
        "room": Attribute("text", _("examination room"), "考室"),
        "seat": Attribute("text", _("seat"), "考位"),
        "car_no": Attribute("text", _("examination car"), "考车"),
        "licence_class": Attribute("text", _("licence class"), "准驾车型"),
        "attempt": Attribute("number", _("attempt number"), "考试次数"),
        "score": Attribute("number", _("examination score"), "成绩"),
        "judged_by": Attribute("text", _("judged by"), "评判方式"),
        "out_of_town": Attribute("text", _("out of town"), "异地"),
        "answer_hash": Attribute("digest", _("digest of the answers"), "答题摘要"),
        "booking_channel": Attribute("text", _("booking channel"), "预约渠道"),
        "exam_mode": Attribute("text", _("examination mode"), "考试模式"),
        "face_match": Attribute("number", _("face match"), "人像比对"),
        "fail_item": Attribute("text", _("item failed"), "扣分项"),
        "manual_deduct": Attribute("number", _("points deducted by hand"), "人工扣分"),
        "licence_issuer": Attribute("text", _("issuer of the licence"), "发证机关"),
    },
)
