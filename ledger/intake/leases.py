"""One process takes a delivery at a time; when it dies, another goes on.

The lease in the database is what counts: every block confirms it in its own transaction, so a process that overslept cannot write. The lock
file beside it is freed by the system when a process ends, however it ends, and says at once what the lease would only say when it runs out.
"""

import fcntl
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.journal.models import Delivery
from ledger.kit.errors import Conflict

LEASE = timedelta(minutes=2)
UNFINISHED = (Delivery.Status.QUEUED, Delivery.Status.RUNNING)


@contextmanager
def sign_of_life() -> Iterator[str]:
    """A fresh token to lease deliveries with, whose lock file is held as long as this process lives and the block lasts.

    The file itself goes with the lease: one that is there and not held says that a lease was never given up.
    """
    token = secrets.token_hex(16)
    path = _lock_file(token)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield token


def lease(delivery: Delivery, token: str) -> None:
    """Make an unfinished delivery ours, if nobody is at it. Raises Conflict.

    `delivery` is then as it stands in the database: its counts are those of the blocks committed so far.
    """
    now, before = timezone.now(), delivery.lease_token
    free = Q(lease_token="") | Q(lease_until__lt=now)
    if before and _is_gone(before):
        free |= Q(lease_token=before)
    ours = {"lease_token": token, "lease_until": now + LEASE, "status": Delivery.Status.RUNNING, "error": "", "finished_at": None}
    if not Delivery.objects.filter(free, pk=delivery.pk, status__in=UNFINISHED).update(**ours):
        _lock_file(token).unlink(missing_ok=True)
        raise taken_elsewhere(delivery)
    delivery.refresh_from_db()
    if before:
        _lock_file(before).unlink(missing_ok=True)


def _lock_file(token: str) -> Path:
    return Path(settings.VAR_DIR) / "taking" / token


def _is_gone(token: str) -> bool:
    """Whether the process of that token has ended. Of one that left no file here, perhaps on another machine, only its lease tells."""
    try:
        with _lock_file(token).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (FileNotFoundError, BlockingIOError):
        return False
    return True


def confirm(delivery: Delivery, **changes: object) -> None:
    """Write to the delivery and renew its lease, if it still is ours; part of the transaction of what we write. Raises Conflict.

    A delivery that nobody leases, such as a call, has the empty token.
    """
    if delivery.lease_token:
        changes = {"lease_until": timezone.now() + LEASE, **changes}
    if not Delivery.objects.filter(pk=delivery.pk, lease_token=delivery.lease_token).update(**changes):
        raise taken_elsewhere(delivery)


def release(delivery: Delivery, **changes: object) -> bool:
    """Give up the lease with these last changes. False: it was no longer ours, and nothing was written."""
    mine = Delivery.objects.filter(pk=delivery.pk, lease_token=delivery.lease_token)
    released = bool(mine.update(lease_token="", lease_until=None, **changes))
    _lock_file(delivery.lease_token).unlink(missing_ok=True)
    return released


def taken_elsewhere(delivery: Delivery) -> Conflict:
    named = {"name": delivery.name or delivery.pk, "id": delivery.pk}
    return Conflict(_("%(name)s is finished, or being imported by another process (delivery %(id)s).") % named)
