"""Files on their way: sent in pieces, so that a cut connection costs one piece and not the whole of it.

The sender begins with name, size and a key of its own, is told how much is here, and sends piece after piece with the place it begins at.
What is here is the length of the file on the disk. The last piece makes the attachment.
"""

import secrets
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.kit.errors import BadInput, Conflict, NotFound
from ledger.roster.accounts import User
from oversight.orders.acting import begin
from oversight.orders.attaching import attach, check_size, checked_name
from oversight.orders.models import Attachment, Sending


@dataclass(frozen=True)
class Arrived:
    """How much of a file is here, and what it became when it was all of it."""

    sending: Sending
    bytes: int
    attachment: Attachment | None = None


@transaction.atomic
def begin_sending(*, number: str, actor: User, name: str, size: int, key: str) -> Arrived:
    """Begin, or go on with what the same person sent of the same file (`key`) before. Raises TooLarge, BadInput."""
    check_size(size)
    if not key or len(key) > 200:
        raise BadInput(_("The file cannot be told from others; choose it again."))
    order, _to = begin("draft", number, actor)
    told = {"token": secrets.token_hex(16), "name": checked_name(name), "size": size, "begun_at": timezone.now()}
    sending, _new = Sending.objects.get_or_create(order=order, sent_by=actor, key=key, defaults=told)
    if sending.size != size:
        raise BadInput(_("The file has changed since it was begun; choose it again."))
    return Arrived(sending, _length(_part(sending)))


def take_piece(*, number: str, actor: User, token: str, start: int, piece: bytes, address: str = "") -> Arrived:
    """Add a piece that begins at byte `start`.

    Raises Conflict when it does not begin where the last one ended, NotFound for another's file, and what `attach` raises.
    """
    arrived = _added(number, actor, token, start, piece)
    if arrived.bytes < arrived.sending.size:
        return arrived
    part = _part(arrived.sending)
    try:
        made = attach(number=number, actor=actor, path=part, name=arrived.sending.name, address=address)
    finally:
        # Whatever it was, it is sent: a wrong file is not gone on with.
        arrived.sending.delete()
        part.unlink(missing_ok=True)
    return Arrived(arrived.sending, arrived.bytes, made)


@transaction.atomic
def _added(number: str, actor: User, token: str, start: int, piece: bytes) -> Arrived:
    order, _to = begin("draft", number, actor)
    sending = Sending.objects.select_for_update().filter(order=order, sent_by=actor, token=token).first()
    if sending is None:
        raise NotFound(_("This file is not being sent; choose it again."))
    part = _part(sending)
    here = _length(part)
    if start != here:
        raise Conflict(_("%(here)d bytes of this file are here; go on from there.") % {"here": here})
    if here + len(piece) > sending.size:
        raise BadInput(_("More was sent than the file has; choose it again."))
    with part.open("ab") as stream:
        stream.write(piece)
    return Arrived(sending, here + len(piece))


def _part(sending: Sending) -> Path:
    return Path(str(settings.FILE_UPLOAD_TEMP_DIR)) / f"part-{sending.token}"


def _length(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0
