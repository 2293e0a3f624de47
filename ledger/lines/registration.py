from django.utils.translation import gettext_lazy as _

from ledger.lines.base import Attribute, Line

LINE = Line(
    code="registration",
    title=_("vehicle registration"),
    actions={
        "new": _("first registration"),
        "transfer": _("transfer of ownership"),
        "change": _("change registration"),
        "mortgage": _("mortgage registration"),
        "cancel": _("deregistration"),
        "plate": _("plate and certificate replacement"),
        "correction": _("archive correction"),
    },
    attributes={
        "invoice_no": Attribute("digest", _("invoice number"), "发票号码"),
        "certificate_no": Attribute("digest", _("certificate number"), "合格证编号"),
        "recycle_cert_no": Attribute("digest", _("recycling certificate number"), "回收证明编号"),
        "phone": Attribute("personal", _("phone"), "联系电话"),
        "use": Attribute("text", _("use of the vehicle"), "使用性质"),
        "gps": Attribute("text", _("recorded position"), "定位"),
        "pda_id": Attribute("text", _("hand-held device"), "手持终端"),
        "field": Attribute("text", _("corrected field"), "更正项目"),
        "scrap_date": Attribute("time", _("scrapping time"), "报废时间"),
    },
)
