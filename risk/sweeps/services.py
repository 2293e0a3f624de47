"""Ordering a sweep, pausing it, going on, stopping it. Each act is one transaction with its audit entry."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.audit.services import record
from ledger.kit.errors import BadInput, Conflict, NotAllowed, NotFound
from ledger.roster.accounts import Role, User
from ledger.roster.models import Unit
from ledger.roster.rights import active_grants
from risk.alerts.numbers import random_number
from risk.sweeps.models import Sweep, SweepPart
from risk.sweeps.planning import plan_sweep

ORDERING = frozenset({Role.SYSTEM_ADMIN.value, Role.DISCIPLINE.value})
REASON = range(5, 501)


@transaction.atomic
def order_sweep(
    *,
    actor: User | None,
    reason: str,
    first_day: date | None = None,
    last_day: date | None = None,
    rule_codes: Collection[str] = (),
    address: str = "",
) -> Sweep:
    """Order that rules (default: all published) judge days (default: all there are). `actor` is nobody only for the command line.

    Raises BadInput for a reason, rules or days that will not do, Conflict while the same is under way, NotAllowed for who may not.
    """
    _must_order(actor)
    reason = _reason(reason)
    plan = plan_sweep(first_day=first_day, last_day=last_day, rule_codes=rule_codes)
    same = unfinished(first_day=plan.days.first, last_day=plan.days.last, rule_codes=plan.rule_codes)
    if same is not None:
        raise Conflict(
            _("The sweep %(number)s looks at the same already and is not finished; nothing was ordered.") % {"number": same.number}
        )
    now = timezone.now()
    made = Sweep.objects.create(
        number=random_number("DC", now),
        reason=reason,
        first_day=plan.days.first,
        last_day=plan.days.last,
        rule_codes=list(plan.rule_codes),
        transactions=plan.transactions,
        ordered_by=actor,
        ordered_at=now,
    )
    parts = [
        SweepPart(
            sweep=made,
            place=place,
            line=part.lane[0],
            subject_kind=part.lane[1],
            reach=part.lane[2],
            rule_codes=list(part.rule_codes),
            first_day=part.days.first,
            last_day=part.days.last,
            weight=part.weight,
        )
        for place, part in enumerate(plan.parts)
    ]
    SweepPart.objects.bulk_create(parts, batch_size=500)
    _record("ordered", made, actor, address, rules=made.rule_codes, transactions=made.transactions)
    return made


def unfinished(*, first_day: date | None, last_day: date | None, rule_codes: Collection[str]) -> Sweep | None:
    """The sweep of the same rules and days that is not finished, if there is one; a day that is not given may be any."""
    days = {name: day for name, day in (("first_day", first_day), ("last_day", last_day)) if day is not None}
    found = Sweep.objects.filter(state__in=Sweep.UNFINISHED, **days).order_by("id")
    return next((one for one in found if one.rule_codes == sorted(rule_codes)), None)


@transaction.atomic
def pause_sweep(*, number: str, actor: User | None, address: str = "") -> Sweep:
    """Leave it where it is; a part that is being done is finished. Raises Conflict unless it waits or runs."""
    return _act("paused", Sweep.State.PAUSED, Sweep.WORKABLE, number, actor, address)


@transaction.atomic
def resume_sweep(*, number: str, actor: User | None, address: str = "") -> Sweep:
    """Go on with a paused one; a part that had failed is tried again. Raises Conflict unless it is paused."""
    found = _act("resumed", Sweep.State.ORDERED, (Sweep.State.PAUSED,), number, actor, address)
    found.parts.filter(done_at=None).update(starts=0)
    return found


@transaction.atomic
def stop_sweep(*, number: str, actor: User | None, reason: str, address: str = "") -> Sweep:
    """End it for good; what it has found stands, what it is just doing is thrown away. Raises BadInput without a reason."""
    return _act("stopped", Sweep.State.STOPPED, Sweep.UNFINISHED, number, actor, address, reason=_reason(reason))


def _act(act: str, state: str, from_states: Collection[str], number: str, actor: User | None, address: str, reason: str = "") -> Sweep:
    _must_order(actor)
    found = Sweep.objects.select_for_update(no_key=True).filter(number=number).first()
    if found is None:
        raise NotFound(_("There is no sweep %(number)s.") % {"number": number})
    if found.state not in from_states:
        raise Conflict(
            _("The sweep %(number)s is %(state)s by now; nothing was written.") % {"number": number, "state": found.get_state_display()}
        )
    found.state, found.acted_by, found.acted_at, found.rest_until = state, actor, timezone.now(), None
    if state == Sweep.State.STOPPED:
        found.note, found.ended_at = reason, found.acted_at
    found.save(update_fields=["state", "acted_by", "acted_at", "rest_until", "note", "ended_at"])
    _record(act, found, actor, address, **({"reason": reason} if reason else {}))
    return found


def _reason(text: str) -> str:
    text = text.strip()
    if len(text) not in REASON:
        raise BadInput(_("Give the reason in 5 to 500 characters."))
    return text


def _must_order(actor: User | None) -> None:
    """An officer who keeps the system or inspects discipline for the whole detachment: a sweep goes over all units."""
    if actor is None:
        return
    paths = [grant.unit.path for grant in active_grants(actor) if grant.role in ORDERING]
    if not any(len(path) == Unit.steplen for path in paths):
        raise NotAllowed(_("Only system admins and discipline inspectors of the whole detachment order and steer sweeps."))


def _record(act: str, sweep: Sweep, actor: User | None, address: str, **detail: Any) -> None:
    days = {"first_day": sweep.first_day.isoformat(), "last_day": sweep.last_day.isoformat()}
    record(f"sweep.{act}", actor=actor, target=sweep.number, address=address, **days, **detail)
