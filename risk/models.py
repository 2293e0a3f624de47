"""All models of the package, gathered from its areas for Django."""

from risk.alerts.models import Alert, AlertEvent, AlertEvidence, Hit, Matter, Recused, StreamHead, Suppression, Term
from risk.rules.models import Rule, RuleVersion
from risk.scoring.models import Closing, DirtyMark, Lane

__all__ = [
    "Alert",
    "AlertEvent",
    "AlertEvidence",
    "Closing",
    "DirtyMark",
    "Hit",
    "Lane",
    "Matter",
    "Recused",
    "Rule",
    "RuleVersion",
    "StreamHead",
    "Suppression",
    "Term",
]
