"""Editing terms, escalation and departments. Cases that are open keep what they were opened with."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.audit.services import record
from ledger.kit.errors import BadInput, NotAllowed
from ledger.lines import lines
from ledger.roster.accounts import Role, User
from ledger.roster.models import Unit
from ledger.roster.rights import roles_of
from oversight.cases.models import Layer
from oversight.cases.policy.models import CaseTerm, EscalationStep, LineDepartment, Measure
from oversight.cases.policy.reading import Step, policy_of
from risk.rules.models import LEVELS

# Whose levels can be told of a case without a part in it: they see it by their own office.
COPIABLE = (Layer.COMMITTEE, Layer.DISCIPLINE, Layer.DEPARTMENT)
MOST, LONGEST_HOURS, LONGEST_DAYS, MOST_STEPS = 999, 24 * 60, 365, 5


@dataclass(frozen=True)
class NewTerm:
    """The terms of a level as they are to be; see CaseTerm."""

    sign: int
    sign_measure: str
    feedback: int
    feedback_measure: str
    first_report: int | None
    at_once: bool
    repeats: int
    repeat_days: int
    watch_days: int
    copied: list[str] = field(default_factory=list)


@transaction.atomic
def save_policy(*, level: str, term: NewTerm, steps: Sequence[Step], actor: User, address: str = "") -> None:
    """Confirm or change the policy of a level, as one whole. Raises NotAllowed for who is no system admin, BadInput for what cannot be."""
    _admin(actor)
    _check(level, term, steps)
    was = policy_of(level).snapshot()
    CaseTerm.objects.update_or_create(level=level, defaults=asdict(term) | {"edited_by": actor, "edited_at": timezone.now()})
    EscalationStep.objects.filter(level=level).delete()
    EscalationStep.objects.bulk_create(EscalationStep(level=level, **asdict(step)) for step in steps)
    record("case_policy.saved", actor=actor, target=level, address=address, old=was, new=policy_of(level).snapshot())


@transaction.atomic
def save_departments(*, departments: dict[str, str], actor: User, address: str = "") -> None:
    """Which department (unit code, empty: none) answers for each business line."""
    _admin(actor)
    units = {unit.code: unit for unit in Unit.objects.filter(code__in=departments.values())}
    known = {*lines(), "common"}
    was = dict(LineDepartment.objects.values_list("line", "unit__code"))
    for line, code in departments.items():
        if line not in known or (code and code not in units):
            raise BadInput(_("Choose each unit from the list."))
        if code and was.get(line) != code:
            changes: dict[str, Any] = {"unit": units[code], "edited_by": actor, "edited_at": timezone.now()}
            LineDepartment.objects.update_or_create(line=line, defaults=changes)
        elif not code:
            LineDepartment.objects.filter(line=line).delete()
    now = dict(LineDepartment.objects.values_list("line", "unit__code"))
    if now != was:
        record("line_departments.saved", actor=actor, target="line_departments", address=address, old=was, new=now)


def _admin(actor: User) -> None:
    if Role.SYSTEM_ADMIN not in roles_of(actor):
        raise NotAllowed(_("Only the system admin edits terms and escalation."))


def _check(level: str, term: NewTerm, steps: Sequence[Step]) -> None:
    if level not in LEVELS:
        raise BadInput(_("There is no such level."))
    if {term.sign_measure, term.feedback_measure} - set(Measure.values):
        raise BadInput(_("A term runs in hours or in working days."))
    if not (0 < term.sign <= MOST and 0 < term.feedback <= MOST and 0 < term.repeat_days <= LONGEST_DAYS and 0 <= term.repeats <= MOST):
        raise BadInput(_("Terms and days are whole numbers above zero; repetitions may be 0 for never."))
    if not 0 <= term.watch_days <= LONGEST_DAYS:
        raise BadInput(_("The effect is watched for whole days, 0 for not at all, at most %(most)d.") % {"most": LONGEST_DAYS})
    if set(term.copied) - set(COPIABLE):
        raise BadInput(_("Choose the levels a case is sent to from the list."))
    if term.first_report is not None and not 0 < term.first_report <= LONGEST_HOURS:
        raise BadInput(_("The first report is due within whole hours above zero, or not asked for."))
    if len(steps) > MOST_STEPS or [step.number for step in steps] != list(range(1, len(steps) + 1)):
        raise BadInput(_("At most %(most)d steps, numbered from 1.") % {"most": MOST_STEPS})
    for step in steps:
        if step.to_layer not in Layer.values or step.to_kind not in Unit.Kind.values or not 0 <= step.after_hours <= LONGEST_HOURS:
            raise BadInput(_("Choose level and kind of unit of each step, and hours from 0 up."))
        if not 0 < len(step.addressee) <= 60:
            raise BadInput(_("Say to whom each step goes, in at most 60 characters."))
