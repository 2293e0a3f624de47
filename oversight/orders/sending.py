"""Files on their way to an order, piece by piece (oversight.attachments.pieces); the last piece makes the attachment."""

from dataclasses import dataclass

from django.db import transaction

from ledger.roster.accounts import User
from oversight.attachments import pieces
from oversight.orders.acting import begin
from oversight.orders.attaching import attach
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
    pieces.check_key(size, key)
    order, _to = begin("draft", number, actor)
    sending = pieces.begun(Sending, actor=actor, name=name, size=size, key=key, order=order)
    return Arrived(sending, pieces.length(pieces.part_of(sending)))


def take_piece(*, number: str, actor: User, token: str, start: int, piece: bytes, address: str = "") -> Arrived:
    """Add a piece that begins at byte `start`.

    Raises Conflict when it does not begin where the last one ended, NotFound for another's file, and what `attach` raises.
    """
    arrived = _added(number, actor, token, start, piece)
    if arrived.bytes < arrived.sending.size:
        return arrived
    try:
        path = pieces.part_of(arrived.sending)
        made = attach(number=number, actor=actor, path=path, name=arrived.sending.name, address=address)
    finally:
        pieces.ended(arrived.sending)
    return Arrived(arrived.sending, arrived.bytes, made)


@transaction.atomic
def _added(number: str, actor: User, token: str, start: int, piece: bytes) -> Arrived:
    order, _to = begin("draft", number, actor)
    return Arrived(*pieces.added(Sending, actor=actor, token=token, start=start, piece=piece, order=order))
