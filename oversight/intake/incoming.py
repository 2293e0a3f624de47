"""How files reach the disk while they are sent: as a stream into VAR_DIR, and no more of them than intake would take."""

import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler
from django.http import HttpRequest

# What a form adds around its file.
WRAPPING = 1 << 20
ABANDONED_SECONDS = 24 * 3600
_MARK = "intake_too_large"


class BoundedUpload(TemporaryFileUploadHandler):
    """Every file into FILE_UPLOAD_TEMP_DIR; of a request larger than INTAKE_MAX_BYTES no file is read, see `too_large`."""

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: Any = None) -> None:
        setattr(self.request, _MARK, content_length > settings.INTAKE_MAX_BYTES + WRAPPING)

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        if getattr(self.request, _MARK):
            raise StopUpload(connection_reset=True)
        super().new_file(*args, **kwargs)


def too_large(request: HttpRequest) -> bool:
    """Whether what was sent was too much to be read."""
    request.POST  # noqa: B018  — what was sent is read on first asking
    return bool(getattr(request, _MARK, False))


def clear_abandoned() -> int:
    """Remove what was left by processes that were killed while a file was sent to them; returns how many files."""
    folder, removed = settings.FILE_UPLOAD_TEMP_DIR, 0
    for path in Path(folder).iterdir() if folder else ():
        if time.time() - path.stat().st_mtime > ABANDONED_SECONDS:
            path.unlink(missing_ok=True)
            removed += 1
    return removed
