"""Ordering a backtest of a draft and calling it off. Each act is one transaction with its audit entry."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.audit.services import record
from ledger.kit import locks
from ledger.kit.days import today
from ledger.kit.errors import Conflict, NotFound
from ledger.kit.numbers import random_number
from ledger.roster.accounts import User
from risk.backtest.models import BacktestRun
from risk.backtest.playing import range_of
from risk.rules.drafts.models import RuleDraft
from risk.rules.drafts.services import must_edit

State = BacktestRun.State


@transaction.atomic
def order(*, draft: RuleDraft, actor: User | None, again: bool = False, address: str = "") -> BacktestRun:
    """Have the draft, as it reads now, played over the last twelve months; a worker does it at once.

    One that waits, runs or is done for the same content and days is given back; `again` plays it anew although it is done, since rows may
    have come. Raises Conflict for a draft that is settled, NotAllowed.
    """
    must_edit(actor)
    draft = RuleDraft.objects.select_related("base__rule").get(pk=draft.pk)
    if draft.state != RuleDraft.State.OPEN:
        raise Conflict(_("The draft of %(code)s is %(state)s already.") % {"code": draft.code, "state": draft.get_state_display()})
    locks.hold(f"backtest:{draft.digest}")
    first_day, last_day = range_of(draft.content.get("frame", "")) or (today(), today())
    known = BacktestRun.objects.filter(digest=draft.digest, first_day=first_day, last_day=last_day)
    wanted = BacktestRun.UNFINISHED if again else (*BacktestRun.UNFINISHED, State.DONE)
    if found := known.filter(state__in=wanted).order_by("-id").first():
        return found
    now = timezone.now()
    made = BacktestRun.objects.create(
        number=random_number("TY", now),
        code=draft.code,
        rule=draft.rule,
        content=draft.content,
        digest=draft.digest,
        first_day=first_day,
        last_day=last_day,
        ordered_by=actor,
        ordered_at=now,
    )
    record("backtest.ordered", actor=actor, target=made.number, address=address, code=draft.code, digest=draft.digest)
    return made


@transaction.atomic
def cancel(*, number: str, actor: User | None, address: str = "") -> BacktestRun:
    """Call a run off; a worker that is at it throws away what it has. Raises NotFound, Conflict when it has ended, NotAllowed."""
    must_edit(actor)
    held = BacktestRun.objects.select_for_update(no_key=True).filter(number=number).first()
    if held is None:
        raise NotFound(_("There is no such backtest."))
    if held.state not in BacktestRun.UNFINISHED:
        raise Conflict(_("The backtest has ended already: %(state)s.") % {"state": held.get_state_display()})
    held.state, held.ended_at, held.token, held.lease_until = State.CANCELLED, timezone.now(), "", None
    held.save(update_fields=["state", "ended_at", "token", "lease_until"])
    record("backtest.cancelled", actor=actor, target=number, address=address, code=held.code)
    return held
