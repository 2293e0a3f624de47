"""How long an order leaves its unit: by the terms its case was dispatched with; what those do not say is ours (默认方案·待本单位核定)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger.roster.models import Unit
from oversight.cases.models import Case
from oversight.cases.policy.models import Measure
from oversight.cases.policy.reading import Policy, Span, policy_of
from oversight.cases.policy.terms import Terms as CaseTerms


@dataclass(frozen=True)
class Terms:
    """The ends of the terms of an order; `first_due_at` None where no first report is asked for."""

    sign_due_at: datetime
    first_due_at: datetime | None
    due_at: datetime


OBJECTION = Span(3, Measure.DAYS)


def usual_terms(*, case: Case, unit: Unit, start: datetime) -> Terms:
    """The terms of an order of that case to that unit, issued at `start`: those of its policy, whatever was edited since."""
    policy = Policy.kept(case.policy) if case.policy else policy_of(case.level)
    ends = CaseTerms(start)
    return Terms(
        sign_due_at=ends.end(policy.sign, unit),
        first_due_at=start + timedelta(hours=policy.first_report) if policy.first_report else None,
        due_at=ends.end(policy.feedback, unit),
    )


def end_of(span: Span, unit: Unit, start: datetime) -> datetime:
    """Hours run by the clock; a working day is as much opening time as the unit has in a day, on working days."""
    return CaseTerms(start).end(span, unit)
