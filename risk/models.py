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
from risk.checklist.models import ChecklistItem, ChecklistVersion, PinnedRule, Power
from risk.checklist.revisions.models import Revision, RevisionHand, RevisionItem, RevisionRule
from risk.checklist.signing.models import ChecklistSignature, PostAssignment
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
    "ChecklistSignature",
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
    "PinnedRule",
    "PostAssignment",
    "Power",
    "RecusalChange",
    "Recused",
    "Revision",
    "RevisionHand",
    "RevisionItem",
    "RevisionRule",
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
