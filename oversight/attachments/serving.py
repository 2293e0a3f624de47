"""Attachments over HTTP: what a browser says of a piece it sends, and the file as it is handed out."""

from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from ledger.kit.errors import MingjingError, NotFound, TooLarge
from oversight.attachments.formats import MIME, SHOWN
from oversight.attachments.keeping import KEPT, LARGEST, check_size
from oversight.attachments.models import Kept
from oversight.intake.incoming import too_large


def refused_in_json(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For what a script asks: a refusal is {error} with its status. What is not there stays a page of its own."""

    @wraps(view)
    def told(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except NotFound:
            raise
        except MingjingError as error:
            return JsonResponse({"error": str(error)}, status=error.status)

    return told


def announced_size(request: HttpRequest) -> int:
    """Raises TooLarge for what is no size."""
    size = request.POST.get("size", "")
    if not (size.isascii() and size.isdigit() and len(size) < 15):
        raise TooLarge(_("Say how large the file is."))
    return int(size)


def offset_of(request: HttpRequest) -> int:
    """Where the piece begins; -1, which is nowhere, for what is no place."""
    start = request.headers.get("Upload-Offset", "")
    return int(start) if start.isascii() and start.isdigit() and len(start) < 15 else -1


def whole_files(request: HttpRequest) -> Iterator[tuple[Path, str]]:
    """The files of a form without script, with their names. Raises TooLarge."""
    if too_large(request):
        check_size(LARGEST + 1)
    for file in request.FILES.getlist("file"):
        if not isinstance(file, TemporaryUploadedFile):  # FILE_UPLOAD_HANDLERS writes every file to the disk
            raise TypeError(f"{file!r} is in no file")
        yield Path(file.temporary_file_path()), file.name or ""


def served(one: Kept) -> FileResponse:
    """The file itself. Pictures are shown, everything else is saved, nothing is ever a page. Raises NotFound where the disk lost it."""
    path = KEPT.path_of(one.sha256)
    if not path.exists():
        raise NotFound(_("The attachment is not on the disk any more; ask who runs the system to restore it."))
    kind = Kept.Kind(one.kind)
    answer = FileResponse(path.open("rb"), as_attachment=kind not in SHOWN, filename=one.name, content_type=MIME[kind])
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
