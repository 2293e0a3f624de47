"""Files taken by their content and kept by their content: how large, under which name, and the store."""

from pathlib import Path, PureWindowsPath

from django.utils.translation import gettext as _

from ledger.intake.refused.quarantine import storable
from ledger.kit.contents import Contents
from ledger.kit.errors import BadInput, TooLarge

KEPT = Contents("attachments")
LARGEST = 20 * 1024**2


def checked_name(name: str) -> str:
    """The file's own name without a way to it and without what cannot be shown."""
    bare = storable(PureWindowsPath(Path(name).name).name).strip()
    return bare[-255:] or "-"


def check_size(size: int) -> None:
    """Raises TooLarge, and BadInput for an empty file."""
    if size > LARGEST:
        raise TooLarge(_("The file has more than %(most)d MB; make it smaller or split it.") % {"most": LARGEST // 1024**2})
    if size < 1:
        raise BadInput(_("The file is empty."))
