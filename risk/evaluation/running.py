"""Working evaluations: one at a time under a lease, the comparing outside any transaction, its figures kept in one.

Killed anywhere, an evaluation is begun anew when its lease has run out; one that broke off `STARTS` times is given up and says so.
"""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from ledger.audit.services import record
from ledger.journal.models import Transaction
from risk.evaluation.evaluate import Figures, Instance, evaluated
from risk.evaluation.evaluate.gather import days_of, raised, shadowed
from risk.evaluation.evaluate.labels import checked_labels
from risk.evaluation.models import Evaluation
from risk.rules.models import RuleVersion
from risk.rules.queries import current_versions

LEASE = timedelta(minutes=10)
STARTS = 3


def figures_of(instances: list[Instance], *, source: str, shadow: bool = False) -> tuple[Figures, int]:
    """The alerts that stand against `instances`, whose rows are named as `source` names them, and how many of those rows the ledger has."""
    days = days_of({row for instance in instances for row in instance.rows}, source=source)
    modes = (RuleVersion.Mode.LIVE, RuleVersion.Mode.SHADOW) if shadow else (RuleVersion.Mode.LIVE,)
    figures = evaluated(
        instances,
        raised(source=source) + (shadowed(source=source) if shadow else []),
        transactions=Transaction.objects.count(),
        days=days,
        rules_in_force=[version.rule.code for version in current_versions(modes=modes)],
    )
    return figures, len(days)


def run_evaluations() -> int:
    """What a worker does at one stroke of the clock: the one whose turn it is, if any. Returns how many it finished.

    Safe to run any number of times at once: one worker has an evaluation at a time, and one that overslept throws its figures away.
    """
    _give_up()
    turn = Evaluation.objects.filter(_free(), state__in=Evaluation.UNFINISHED).select_related("labels").order_by("id").first()
    if turn is None or not _claim(turn):
        return 0
    try:
        instances = checked_labels(bytes(turn.labels.content), turn.labels.name)
        versions = current_versions(modes=[RuleVersion.Mode.LIVE])
        figures, known = figures_of(instances, source=turn.labels.source)
        rows = {row for instance in instances for row in instance.rows}
        return int(_keep(turn, figures, versions, rows=len(rows), known=known))
    finally:  # what went wrong is in the worker's log; the next stroke tries again
        Evaluation.objects.filter(pk=turn.pk, token=turn.token).update(token="", lease_until=None)


def _free() -> Q:
    return Q(lease_until=None) | Q(lease_until__lt=timezone.now())


def _claim(turn: Evaluation) -> bool:
    turn.token = secrets.token_hex(16)
    free = Evaluation.objects.filter(_free(), pk=turn.pk, state__in=Evaluation.UNFINISHED)
    return bool(free.update(state=Evaluation.State.RUNNING, token=turn.token, lease_until=timezone.now() + LEASE, starts=F("starts") + 1))


@transaction.atomic
def _give_up() -> None:
    """End those that were begun so often and never finished."""
    stuck = Evaluation.objects.select_for_update(no_key=True).filter(_free(), state=Evaluation.State.RUNNING, starts__gte=STARTS)
    for one in stuck:
        one.state, one.ended_at, one.token, one.lease_until = Evaluation.State.FAILED, timezone.now(), "", None
        one.save(update_fields=["state", "ended_at", "token", "lease_until"])
        record("evaluation.failed", target=one.number, starts=one.starts)


@transaction.atomic
def _keep(turn: Evaluation, figures: Figures, versions: list[RuleVersion], *, rows: int, known: int) -> bool:
    """Write the figures, if the evaluation is still this worker's."""
    held = Evaluation.objects.select_for_update(no_key=True).filter(pk=turn.pk, token=turn.token, state=Evaluation.State.RUNNING).first()
    if held is None:
        return False
    held.rules = [{"code": one.rule.code, "number": one.number, "digest": one.digest} for one in versions]
    held.rules_digest = rules_digest(held.rules)
    held.rows, held.rows_known = rows, known
    held.figures = {name: value for name, value in figures.facts().items() if name != "false"}
    held.state, held.ended_at, held.token, held.lease_until = Evaluation.State.DONE, timezone.now(), "", None
    held.save()
    record("alerts.evaluated", target=held.number, instances=figures.instances, rules=held.rules_digest)
    return True


def rules_digest(rules: list[dict[str, Any]]) -> str:
    """One digest of the versions in force: the same exactly when the same rules would judge in the same way."""
    return hashlib.sha256("\n".join(sorted(f"{one['code']} {one['digest']}" for one in rules)).encode()).hexdigest()
