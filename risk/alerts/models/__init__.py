"""Hits (what rules found), alerts (hits folded in buckets), events (what happened to an alert) and matters (what belongs together)."""

from risk.alerts.models.alerts import Alert, AlertEvidence, Hit, Matter, Term
from risk.alerts.models.events import AlertEvent, DismissalReview, IssuedWarning, StreamHead
from risk.alerts.models.recusals import RecusalChange, Recused
from risk.alerts.models.suppressions import Suppression

__all__ = [
    "Alert",
    "AlertEvent",
    "AlertEvidence",
    "DismissalReview",
    "Hit",
    "IssuedWarning",
    "Matter",
    "RecusalChange",
    "Recused",
    "StreamHead",
    "Suppression",
    "Term",
]
