"""Attachments of a response: taken by their content, kept by their content, taken off again while the unit works."""

from pathlib import Path

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.kit.errors import BadInput, Conflict, NotFound
from ledger.roster.accounts import User
from oversight.attachments.formats import kind_of
from oversight.attachments.keeping import KEPT, check_size, checked_name
from oversight.orders.acting import begin, write
from oversight.orders.models import Attachment
from oversight.orders.queries import papers_of

MOST = 30


@transaction.atomic
def attach(*, number: str, actor: User, path: Path, name: str, address: str = "") -> Attachment:
    """Add the file at `path`, which stays the caller's; the same content again is the attachment that is there.

    Raises BadInput for another kind of file or too many of them, TooLarge, and what `begin` raises.
    """
    check_size(path.stat().st_size)
    kind = kind_of(path)
    order, _to = begin("draft", number, actor)
    sha256 = KEPT.keep(path)
    there = papers_of(order).filter(sha256=sha256).first()
    if there is not None:
        return there
    if papers_of(order).count() >= MOST:
        raise BadInput(_("An order has at most %(most)d attachments; take one off first.") % {"most": MOST})
    made = Attachment.objects.create(
        order=order,
        name=checked_name(name),
        kind=kind,
        sha256=sha256,
        size=path.stat().st_size,
        added_by=actor,
        added_at=timezone.now(),
    )
    write(order, "order.attached", actor, address, name=made.name, sha256=sha256)
    return made


@transaction.atomic
def detach(*, number: str, actor: User, attachment: int, address: str = "") -> Attachment:
    """Take one off. What was already sent with it keeps it. Raises NotFound, Conflict for one that is off already."""
    order, _to = begin("draft", number, actor)
    one = Attachment.objects.filter(order=order, pk=attachment).first()
    if one is None:
        raise NotFound(_("There is no such attachment."))
    if one.dropped_at is not None:
        raise Conflict(_("The attachment was already taken off."))
    one.dropped_by, one.dropped_at = actor, timezone.now()
    one.save(update_fields=["dropped_by", "dropped_at"])
    write(order, "order.detached", actor, address, name=one.name, sha256=one.sha256)
    return one
