"""Files on their way: sent in pieces, so that a cut connection costs one piece and not the whole of it.

The sender begins with name, size and a key of its own, is told how much is here, and sends piece after piece with the place it begins at.
What is here is the length of the file on the disk. The last piece makes the attachment: that is for the area whose attachment it is.
"""

import secrets
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.kit.errors import BadInput, Conflict, NotFound
from ledger.roster.accounts import User
from oversight.attachments.keeping import check_size, checked_name
from oversight.attachments.models import OnItsWay

Sending = TypeVar("Sending", bound=OnItsWay)


def check_key(size: int, key: str) -> None:
    """What can be told of a file before it is sent. Raises TooLarge, BadInput."""
    check_size(size)
    if not key or len(key) > 200:
        raise BadInput(_("The file cannot be told from others; choose it again."))


def begun(model: type[Sending], *, actor: User, name: str, size: int, key: str, **of: Any) -> Sending:
    """The row of a file that begins, or of which the same person sent something before (`key`). `of`: what it is to be attached to.

    Inside the caller's transaction. Raises BadInput.
    """
    told = {"token": secrets.token_hex(16), "name": checked_name(name), "size": size, "begun_at": timezone.now()}
    sending: Sending
    sending, _new = model.objects.get_or_create(**of, sent_by=actor, key=key, defaults=told)
    if sending.size != size:
        raise BadInput(_("The file has changed since it was begun; choose it again."))
    return sending


def added(model: type[Sending], *, actor: User, token: str, start: int, piece: bytes, **of: Any) -> tuple[Sending, int]:
    """The row, and how many bytes are here with this piece. Inside the caller's transaction.

    Raises Conflict when it does not begin where the last one ended, NotFound for another's file, BadInput for more than was announced.
    """
    sending: Sending | None = model.objects.select_for_update().filter(**of, sent_by=actor, token=token).first()
    if sending is None:
        raise NotFound(_("This file is not being sent; choose it again."))
    part = part_of(sending)
    here = length(part)
    if start != here:
        raise Conflict(_("%(here)d bytes of this file are here; go on from there.") % {"here": here})
    if here + len(piece) > sending.size:
        raise BadInput(_("More was sent than the file has; choose it again."))
    with part.open("ab") as stream:
        stream.write(piece)
    return sending, here + len(piece)


def ended(sending: OnItsWay) -> None:
    """Whatever it was, it is sent: a wrong file is not gone on with."""
    part = part_of(sending)
    sending.delete()
    part.unlink(missing_ok=True)


def part_of(sending: OnItsWay) -> Path:
    return Path(str(settings.FILE_UPLOAD_TEMP_DIR)) / f"part-{sending.token}"


def length(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0
