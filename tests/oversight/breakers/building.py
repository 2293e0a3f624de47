"""Builders of breakers: policies that are armed already, and warnings issued when a test says."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from ledger.roster.models import Agency, Unit, User
from oversight.breakers.core import Terms
from oversight.breakers.defaults import DEFAULTS
from oversight.breakers.models import BreakerPolicy
from oversight.cases.approvals import content_hash
from risk.alerts.models import Alert, IssuedWarning
from risk.alerts.numbers import random_number
from risk.rules.models import RuleVersion
from tests.builders import make_agency, make_alert, make_rule, make_user

# Whole seconds: what a database keeps of a moment must not decide a comparison.
NOW = datetime.now(UTC).replace(microsecond=0)


def make_policy(kind: str = "agency", *, author: User, armed_by: User | None, **changes: Any) -> BreakerPolicy:
    """The default policy of a kind with some terms changed, armed by somebody or (None) still a draft."""
    terms = Terms(**asdict(DEFAULTS[kind]) | changes)
    content = asdict(terms) | {"weights": list(terms.weights), "effects": [str(effect) for effect in terms.effects]}
    armed = {
        "state": "armed",
        "armed_by": armed_by,
        "armed_at": NOW,
        "simulation": {"trips": []},
        "simulated_digest": content_hash(content),
    }
    return BreakerPolicy.objects.create(
        number=random_number("FA", NOW),
        subject_kind=kind,
        version=BreakerPolicy.objects.filter(subject_kind=kind).count() + 1,
        content=content,
        digest=content_hash(content),
        drafted_by=author,
        drafted_at=NOW,
        **(armed if armed_by else {}),
    )


def make_warning(
    unit: Unit,
    code: str,
    *,
    kind: str = "agency",
    level: str = "orange",
    at: datetime | None = None,
    version: RuleVersion | None = None,
    people: Sequence[User] = (),
    **alert: Any,
) -> Alert:
    """An alert about the subject, of a matter of its own, issued as a warning by two people at a moment (now, if none is given)."""
    at = at or datetime.now(UTC)
    fields = {"status": Alert.Status.ISSUED, "level": level, "raised_at": at - timedelta(hours=1)} | alert
    made = make_alert(unit, version=version or make_rule(subject_kind=kind, subject_column=kind), subject_code=code, **fields)
    people = people or [make_user("supervisor", unit), make_user("supervisor", unit)]
    IssuedWarning.objects.create(
        number=random_number("YJ", at), alert=made, level=level, text="核实属实", proposed_by=people[0], confirmed_by=people[1], at=at
    )
    return made


def overseen(unit: Unit) -> Agency:
    return make_agency(unit, code="91430700MA4L0001X1", name="安驰检测站", kind="test_station")
