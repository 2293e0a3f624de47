"""What a file is, by its content and never by its name."""

import zipfile
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger.kit.errors import BadInput
from oversight.attachments.models import Kept

Kind = Kept.Kind
MIME = {
    Kind.JPEG: "image/jpeg",
    Kind.PNG: "image/png",
    Kind.PDF: "application/pdf",
    Kind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Kind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Kind.MP4: "video/mp4",
}
# A browser shows these by itself; everything else is saved.
SHOWN = (Kind.JPEG, Kind.PNG)
_BEGINS = ((b"\xff\xd8\xff", Kind.JPEG), (b"\x89PNG\r\n\x1a\n", Kind.PNG), (b"%PDF-", Kind.PDF))
_MP4_BRANDS = (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"3gp4", b"3gp5", b"M4V ")
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
_OFFICE = {"word/document.xml": Kind.DOCX, "xl/workbook.xml": Kind.XLSX}
_MACROS = "vbaproject.bin"
# Phones keep photos so; the browser of one hands them over as JPEG when a page asks for JPEG, as ours does.
_HEIF = gettext_lazy(
    "This photo is HEIC, which many computers cannot show. Take it with “Take a picture” on this page, or set the phone's camera to "
    "“most compatible” (JPEG), and send it again."
)


def kind_of(path: Path) -> Kept.Kind:
    """Raises BadInput for what is none of the kinds, and for an office file with macros."""
    with path.open("rb") as stream:
        head = stream.read(12)
    for begin, kind in _BEGINS:
        if head.startswith(begin):
            return kind
    if head[4:8] == b"ftyp" and head[8:12] in _MP4_BRANDS:
        return Kind.MP4
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        raise BadInput(str(_HEIF))
    if head.startswith(b"PK\x03\x04"):
        return _office(path)
    raise _unknown()


def _office(path: Path) -> Kept.Kind:
    """Only the list of what is packed is read; nothing is unpacked."""
    try:
        with zipfile.ZipFile(path) as package:
            names = set(package.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise BadInput(_("The file is damaged; save it anew and send it again.")) from error
    if any(name.lower().rsplit("/", 1)[-1] == _MACROS for name in names):
        raise BadInput(_("The file holds macros; save it without them and send it again."))
    for part, kind in _OFFICE.items():
        if part in names and "[Content_Types].xml" in names:
            return kind
    raise _unknown()


def _unknown() -> BadInput:
    return BadInput(_("Only pictures (JPEG, PNG), PDF, Word (docx), Excel (xlsx) and MP4 are taken, judged by their content."))
