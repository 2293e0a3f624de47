"""Keeping labels and ordering an evaluation with them. Each act is one transaction with its audit entry."""

import hashlib

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.audit.services import record
from ledger.kit.errors import BadInput, Conflict, NotAllowed, NotFound, TooLarge
from ledger.roster.accounts import Role, User
from ledger.roster.models import Unit
from ledger.roster.rights import active_grants
from risk.alerts.numbers import random_number
from risk.evaluation.evaluate.labels import checked_labels
from risk.evaluation.models import Evaluation, LabelSet

ORDERING = frozenset({Role.SYSTEM_ADMIN.value, Role.AUDIT_ADMIN.value})
# Half a year of a detachment's misconduct with every serial number is under one megabyte; this is a fence, not a measure.
MAX_BYTES = 20 << 20


@transaction.atomic
def keep_labels(*, content: bytes, name: str, source: str, actor: User | None, address: str = "") -> LabelSet:
    """Keep a labels.csv whose serial numbers are those of `source`; the same bytes are kept once. `actor` is nobody for the demonstration.

    Raises LabelsUnreadable with the row where the file will not do, TooLarge, BadInput without a source, NotAllowed for who may not.
    """
    _must_order(actor)
    source = source.strip()
    if not source or len(source) > 40:
        raise BadInput(_("Say which source's serial numbers the labels use."))
    if len(content) > MAX_BYTES:
        raise TooLarge(_("A file of labels has %(limit)d MB at most; this one was not kept.") % {"limit": MAX_BYTES >> 20})
    instances = checked_labels(content, name)
    digest = hashlib.sha256(content).hexdigest()
    kept, new = LabelSet.objects.get_or_create(
        sha256=digest,
        source=source,
        defaults={
            "name": name[-200:],
            "content": content,
            "deeds": sum(not one.lookalike for one in instances),
            "lookalikes": sum(one.lookalike for one in instances),
            "added_by": actor,
            "added_at": timezone.now(),
        },
    )
    if new:
        record("labels.kept", actor=actor, target=digest[:12], address=address, name=kept.name, source=source, instances=len(instances))
    return kept


@transaction.atomic
def order_evaluation(*, labels_id: int, actor: User | None, address: str = "") -> Evaluation:
    """Order that the alerts that stand be compared with a kept set of labels; a worker does it within seconds.

    Raises NotFound, NotAllowed for who may not, Conflict while one with the same labels is not finished.
    """
    _must_order(actor)
    labels = LabelSet.objects.select_for_update(no_key=True).filter(pk=labels_id).first()
    if labels is None:
        raise NotFound(_("There is no such set of labels."))
    waiting = labels.evaluations.filter(state__in=Evaluation.UNFINISHED).first()
    if waiting is not None:
        raise Conflict(_("The evaluation %(number)s with these labels is not finished; nothing was ordered.") % {"number": waiting.number})
    now = timezone.now()
    made = Evaluation.objects.create(number=random_number("PG", now), labels=labels, ordered_by=actor, ordered_at=now)
    record("evaluation.ordered", actor=actor, target=made.number, address=address, labels=labels.sha256, source=labels.source)
    return made


def _must_order(actor: User | None) -> None:
    """Who keeps or audits the platform for the whole detachment: the figures are of all units."""
    if actor is None:
        return
    paths = [grant.unit.path for grant in active_grants(actor) if grant.role in ORDERING]
    if not any(len(path) == Unit.steplen for path in paths):
        raise NotAllowed(_("Only system admins and audit admins of the whole detachment evaluate detection."))
