from django.utils.translation import gettext_lazy as _

from ledger.lines.base import Attribute, Line

LINE = Line(
    code="accident",
    title=_("accident handling"),
    actions={
        "report": _("accident report"),
        "survey": _("scene survey"),
        "determination": _("determination of liability"),
        "review": _("review of a determination"),
        "mediation": _("mediation of damages"),
        "release": _("release of an accident vehicle"),
    },
    attributes={
        "severity": Attribute("text", _("severity"), "事故程度"),
        "parties": Attribute("number", _("number of parties"), "当事人数"),
        "evidence_at": Attribute("time", _("time of the evidence"), "证据时间"),
        "procedure": Attribute("text", _("procedure applied"), "适用程序"),
        "bac": Attribute("number", _("blood alcohol"), "血液酒精含量"),
        "case_no": Attribute("digest", _("case number"), "案件编号"),
    },
)
