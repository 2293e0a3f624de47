"""The Word files of documents and templates, kept by their content under VAR_DIR/documents."""

import hashlib
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.conf import settings
from django.utils.translation import gettext as _

from ledger.kit.contents import Contents
from ledger.kit.errors import Conflict

KEPT = Contents("documents")


def keep(content: bytes) -> str:
    """Put it among the kept files; returns its SHA-256 in hex."""
    with NamedTemporaryFile(dir=settings.VAR_DIR, prefix="document-") as beside:
        beside.write(content)
        beside.flush()
        return KEPT.keep(Path(beside.name))


def kept(sha256: str) -> bytes:
    """The content as it was kept. Raises Conflict when it is gone, or no longer what it was."""
    try:
        content = KEPT.path_of(sha256).read_bytes()
    except FileNotFoundError:
        content = b""
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Conflict(
            _("The file %(sha256)s… is missing or was changed on the disk; the system admin restores it from the backup.")
            % {"sha256": sha256[:12]}
        )
    return content
