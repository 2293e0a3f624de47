"""Working backtests: one at a time under a lease, the playing outside any transaction, what came of it kept in one.

Killed anywhere, a run is begun anew when its lease has run out; one that broke off `STARTS` times is given up and says so. Between its
steps a worker asks whether the run is still its own, which is how one that was cancelled stops.
"""

import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_noop

from ledger.audit.services import record
from ledger.kit.errors import MingjingError
from risk.backtest.costs import Cost, cost_of
from risk.backtest.models import BacktestRun
from risk.backtest.playing import play
from risk.rules.drafts.queries import version_entry
from risk.rules.drafts.services import latest_published
from risk.rules.entries import Refused, check, entry_of

LEASE = timedelta(minutes=5)
STARTS = 3
BROKE_OFF = gettext_noop("It broke off three times; the worker's log says why.")
State = BacktestRun.State


class Lost(MingjingError):
    """The run was cancelled, or another worker has it: what was found here is thrown away."""

    code = "lost"


def run_backtests() -> int:
    """What a worker does when it is rung for, and at every stroke of the clock: all that wait. Returns how many it finished.

    Safe to run any number of times at once: one worker has a run at a time.
    """
    _give_up()
    done = 0
    for turn in BacktestRun.objects.filter(_free(), state__in=BacktestRun.UNFINISHED).select_related("rule").order_by("id"):
        if not _claim(turn):
            continue
        try:
            done += int(_work(turn))
        except Lost:
            continue
        finally:  # what went wrong is in the worker's log; the next stroke tries again
            BacktestRun.objects.filter(pk=turn.pk, token=turn.token).update(token="", lease_until=None)
    return done


def _work(turn: BacktestRun) -> bool:
    def tell(percent: int) -> None:
        mine = BacktestRun.objects.filter(pk=turn.pk, token=turn.token, state=State.RUNNING)
        if not mine.update(progress=percent, lease_until=timezone.now() + LEASE):
            raise Lost(turn.number)

    try:
        draft = entry_of(turn.content)
        check(draft)
    except Refused as error:
        return _fail(turn, error.told)
    base = latest_published(turn.code)
    played = play(draft, version_entry(base) if base else None, turn.first_day, turn.last_day, tell)
    cost, examples = cost_of(played, draft, turn.rule)
    return _keep(turn, cost, examples)


def _free() -> Q:
    return Q(lease_until=None) | Q(lease_until__lt=timezone.now())


def _claim(turn: BacktestRun) -> bool:
    turn.token = secrets.token_hex(16)
    free = BacktestRun.objects.filter(_free(), pk=turn.pk, state__in=BacktestRun.UNFINISHED, starts__lt=STARTS)
    return bool(free.update(state=State.RUNNING, token=turn.token, lease_until=timezone.now() + LEASE, starts=F("starts") + 1))


@transaction.atomic
def _give_up() -> None:
    """End those that were begun so often and never finished."""
    stuck = BacktestRun.objects.select_for_update(no_key=True).filter(_free(), state=State.RUNNING, starts__gte=STARTS)
    for one in stuck:
        _end(one, State.FAILED, error=BROKE_OFF)
        record("backtest.failed", target=one.number, code=one.code, starts=one.starts)


@transaction.atomic
def _fail(turn: BacktestRun, error: str) -> bool:
    held = _held(turn)
    if held is not None:
        _end(held, State.FAILED, error=error)
        record("backtest.failed", target=held.number, code=held.code, error=error)
    return False


@transaction.atomic
def _keep(turn: BacktestRun, cost: Cost, examples: list[dict[str, object]]) -> bool:
    """Write what came of it, if the run is still this worker's."""
    held = _held(turn)
    if held is None:
        return False
    held.result, held.examples, held.progress = cost.facts, examples, 100
    _end(held, State.DONE)
    record("backtest.done", target=held.number, code=held.code, digest=held.digest, before=cost.before, after=cost.after)
    return True


def _held(turn: BacktestRun) -> BacktestRun | None:
    return BacktestRun.objects.select_for_update(no_key=True).filter(pk=turn.pk, token=turn.token, state=State.RUNNING).first()


def _end(run: BacktestRun, state: str, error: str = "") -> None:
    run.state, run.error, run.ended_at, run.token, run.lease_until = state, error[:300], timezone.now(), "", None
    run.save()
