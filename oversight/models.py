"""All models of the package, gathered from its areas for Django."""

from oversight.breakers.models import (
    Breaker,
    BreakerAppeal,
    BreakerEntry,
    BreakerPolicy,
    BreakerRecused,
    BreakerReview,
)
from oversight.cases.models import Approval, Case, CaseAlert, CaseEntry, Party, TookPart
from oversight.center.models import RelatedAlerts, RelatedHead, SavedView
from oversight.duty.models import BellMark, DutyShift, HandoverRead, Notice
from oversight.wall.models import DisplayToken

__all__ = [
    "Approval",
    "BellMark",
    "Breaker",
    "BreakerAppeal",
    "BreakerEntry",
    "BreakerPolicy",
    "BreakerRecused",
    "BreakerReview",
    "Case",
    "CaseAlert",
    "CaseEntry",
    "DisplayToken",
    "DutyShift",
    "HandoverRead",
    "Notice",
    "Party",
    "RelatedAlerts",
    "RelatedHead",
    "SavedView",
    "TookPart",
]
