"""All models of the package, gathered from its areas for Django."""

from oversight.cases.models import Approval, Case, CaseAlert, CaseEntry, Party, TookPart
from oversight.center.models import RelatedAlerts, RelatedHead, SavedView
from oversight.documents.models import Addressee, Document, Edition, Series, Template
from oversight.duty.models import BellMark, DutyShift, HandoverRead, Notice
from oversight.wall.models import DisplayToken

__all__ = [
    "Addressee",
    "Approval",
    "BellMark",
    "Case",
    "CaseAlert",
    "CaseEntry",
    "DisplayToken",
    "Document",
    "DutyShift",
    "Edition",
    "HandoverRead",
    "Notice",
    "Party",
    "RelatedAlerts",
    "RelatedHead",
    "SavedView",
    "Series",
    "Template",
    "TookPart",
]
