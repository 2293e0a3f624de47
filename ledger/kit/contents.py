"""Files kept by their content, each once, in a folder of VAR_DIR: what was put there can be had again as it was."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkstemp

from django.conf import settings

_BLOCK = 1 << 20


@dataclass(frozen=True)
class Contents:
    """A store under the name of its folder. Only their owner may read what lies there, since it holds personal data in clear."""

    name: str

    @property
    def _folder(self) -> Path:
        return Path(settings.VAR_DIR) / self.name

    def path_of(self, sha256: str) -> Path:
        """Where the content with that SHA-256 (hex) lies, whether or not it is there."""
        return self._folder / sha256[:2] / sha256

    def keep(self, path: Path) -> str:
        """Copy a file into the store, unless its content is there already, and return its SHA-256 in hex.

        The copy is on the disk, whole and under its name, when this returns.
        """
        with path.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        return sha256 if self.path_of(sha256).exists() else self._copied(path)

    def _copied(self, path: Path) -> str:
        """Written beside and renamed. Named after the bytes that were written, should the file have changed since it was looked at."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = mkstemp(prefix="new-", dir=self._folder)
        beside, digest = Path(name), hashlib.sha256()
        try:
            with path.open("rb") as source, os.fdopen(handle, "wb") as copy:
                while block := source.read(_BLOCK):
                    digest.update(block)
                    copy.write(block)
                copy.flush()
                os.fsync(copy.fileno())
            kept = self.path_of(digest.hexdigest())
            kept.parent.mkdir(exist_ok=True, mode=0o700)
            beside.replace(kept)
        finally:
            beside.unlink(missing_ok=True)
        _sync_folder(kept.parent)
        _sync_folder(self._folder)
        return digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    """Make the names in a folder last: a renamed file is as lost as an unwritten one when they do not."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
