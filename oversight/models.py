"""All models of the package, gathered from its areas for Django."""

from oversight.aftercare.models import AftercarePolicy, Measurement, Relapse, Watch
from oversight.breakers.models import (
    Breaker,
    BreakerAppeal,
    BreakerEntry,
    BreakerPolicy,
    BreakerRecused,
    BreakerReview,
)
from oversight.cases.escalations.models import Escalation
from oversight.cases.models import Approval, Case, CaseAlert, CaseEntry, Party, TookPart
from oversight.cases.policy.models import CaseTerm, EscalationStep, LineDepartment
from oversight.center.models import RelatedAlerts, RelatedHead, SavedView
from oversight.documents.models import Addressee, Document, Edition, Series, Template
from oversight.duty.models import BellMark, DutyShift, HandoverRead, Notice
from oversight.measures.models import (
    Acceptance,
    Accountability,
    Circular,
    CircularRecipient,
    Extension,
    Interview,
    JointPoints,
    JointWeights,
    MeasurePolicy,
    Suspension,
    Transfer,
)
from oversight.orders.models import Attachment, Draft, Objection, Order, Response, Sending, TermMark
from oversight.wall.models import DisplayToken

__all__ = [
    "Acceptance",
    "Accountability",
    "Addressee",
    "AftercarePolicy",
    "Approval",
    "Attachment",
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
    "CaseTerm",
    "Circular",
    "CircularRecipient",
    "DisplayToken",
    "Document",
    "Draft",
    "DutyShift",
    "Edition",
    "Escalation",
    "EscalationStep",
    "Extension",
    "HandoverRead",
    "Interview",
    "JointPoints",
    "JointWeights",
    "LineDepartment",
    "MeasurePolicy",
    "Measurement",
    "Notice",
    "Objection",
    "Order",
    "Party",
    "RelatedAlerts",
    "RelatedHead",
    "Relapse",
    "Response",
    "SavedView",
    "Sending",
    "Series",
    "Suspension",
    "Template",
    "TermMark",
    "TookPart",
    "Transfer",
    "Watch",
]
