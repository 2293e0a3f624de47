"""All models of the package, gathered from its areas for Django."""

from oversight.cases.models import Approval, Case, CaseAlert, CaseEntry, Party, TookPart
from oversight.center.models import RelatedAlerts, RelatedHead, SavedView
from oversight.duty.models import BellMark, DutyShift, HandoverRead, Notice
from oversight.orders.models import Attachment, Draft, Objection, Order, Response, Sending, TermMark
from oversight.wall.models import DisplayToken

__all__ = [
    "Approval",
    "Attachment",
    "BellMark",
    "Case",
    "CaseAlert",
    "CaseEntry",
    "DisplayToken",
    "Draft",
    "DutyShift",
    "HandoverRead",
    "Notice",
    "Objection",
    "Order",
    "Party",
    "RelatedAlerts",
    "RelatedHead",
    "Response",
    "SavedView",
    "Sending",
    "TermMark",
    "TookPart",
]
