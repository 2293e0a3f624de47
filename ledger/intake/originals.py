"""The files as they were sent, kept by content: what was taken can be taken again, and shown to whoever doubts it."""

import hashlib
import os
from pathlib import Path
from tempfile import mkstemp

from django.conf import settings

_BLOCK = 1 << 20


def path_of(sha256: str) -> Path:
    """Where the original with that SHA-256 (hex) lies, whether or not it is there."""
    return _store() / sha256[:2] / sha256


def keep(path: Path) -> str:
    """Copy a file among the originals, unless its content is there already, and return its SHA-256 in hex.

    The copy is on the disk, whole and under its name, when this returns: only its owner may read it, since it holds personal data in clear.
    """
    with path.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    return sha256 if path_of(sha256).exists() else _copied(path)


def _copied(path: Path) -> str:
    """Written beside and renamed. Named after the bytes that were written, should the file have changed since it was looked at."""
    _store().mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = mkstemp(prefix="new-", dir=_store())
    beside, digest = Path(name), hashlib.sha256()
    try:
        with path.open("rb") as source, os.fdopen(handle, "wb") as copy:
            while block := source.read(_BLOCK):
                digest.update(block)
                copy.write(block)
            copy.flush()
            os.fsync(copy.fileno())
        kept = path_of(digest.hexdigest())
        kept.parent.mkdir(exist_ok=True, mode=0o700)
        beside.replace(kept)
    finally:
        beside.unlink(missing_ok=True)
    _sync_folder(kept.parent)
    _sync_folder(_store())
    return digest.hexdigest()


def _store() -> Path:
    return Path(settings.VAR_DIR) / "originals"


def _sync_folder(folder: Path) -> None:
    """Make the names in a folder last: a renamed file is as lost as an unwritten one when they do not."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
