"""All models of the package, gathered from its areas for Django."""

from risk.alerts.models import (
    Alert,
    AlertEvent,
    AlertEvidence,
    DismissalReview,
    Hit,
    IssuedWarning,
    Matter,
    RecusalChange,
    Recused,
    StreamHead,
    Suppression,
    Term,
)
from risk.backtest.models import BacktestRun
from risk.checklist.models import ChecklistItem, ChecklistVersion
from risk.coverage.models import Canary, Coverage, Gap
from risk.evaluation.models import Evaluation, LabelSet
from risk.rules.drafts.models import RuleDraft
from risk.rules.models import Rule, RuleVersion
from risk.scoring.models import Closing, DirtyMark, Lane
from risk.sweeps.models import Sweep, SweepPart, SweptAlert

__all__ = [
    "Alert",
    "AlertEvent",
    "AlertEvidence",
    "BacktestRun",
    "Canary",
    "ChecklistItem",
    "ChecklistVersion",
    "Closing",
    "Coverage",
    "DirtyMark",
    "DismissalReview",
    "Evaluation",
    "Gap",
    "Hit",
    "IssuedWarning",
    "LabelSet",
    "Lane",
    "Matter",
    "RecusalChange",
    "Recused",
    "Rule",
    "RuleDraft",
    "RuleVersion",
    "StreamHead",
    "Suppression",
    "Sweep",
    "SweepPart",
    "SweptAlert",
    "Term",
]
