"""All models of the package, gathered from its areas for Django."""

from oversight.cases.models import Approval, Case, CaseAlert, CaseEntry, Party, TookPart
from oversight.center.models import RelatedAlerts, RelatedHead, SavedView
from oversight.duty.models import BellMark, DutyShift, HandoverRead, Notice
from oversight.measures.models import (
    Acceptance,
    Accountability,
    Circular,
    CircularRecipient,
    Interview,
    JointPoints,
    JointWeights,
    MeasurePolicy,
    Suspension,
    Transfer,
)
from oversight.wall.models import DisplayToken

__all__ = [
    "Acceptance",
    "Accountability",
    "Approval",
    "BellMark",
    "Case",
    "CaseAlert",
    "CaseEntry",
    "Circular",
    "CircularRecipient",
    "DisplayToken",
    "DutyShift",
    "HandoverRead",
    "Interview",
    "JointPoints",
    "JointWeights",
    "MeasurePolicy",
    "Notice",
    "Party",
    "RelatedAlerts",
    "RelatedHead",
    "SavedView",
    "Suspension",
    "TookPart",
    "Transfer",
]
