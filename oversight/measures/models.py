"""The models of all measures, gathered for the package."""

from oversight.measures.accountability.models import Accountability
from oversight.measures.circulars.models import Circular, CircularRecipient
from oversight.measures.interviews.models import Interview
from oversight.measures.joint.models import JointPoints, JointWeights
from oversight.measures.offices.models import MeasurePolicy
from oversight.measures.suspensions.models import Acceptance, AgencyObjection, Extension, Revocation, Suspension
from oversight.measures.transfers.models import Transfer

__all__ = [
    "Acceptance",
    "Accountability",
    "AgencyObjection",
    "Circular",
    "CircularRecipient",
    "Extension",
    "Interview",
    "JointPoints",
    "JointWeights",
    "MeasurePolicy",
    "Revocation",
    "Suspension",
    "Transfer",
]
