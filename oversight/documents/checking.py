"""A Word template that somebody brings: opened without danger, without macros and outside links, its placeholders known, filled in once."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from xml.parsers import expat

from django.utils.translation import gettext as _
from jinja2 import TemplateError
from lxml.etree import LxmlError

from ledger.kit.errors import BadInput, TooLarge
from oversight.documents.filling import WrongTemplate, filled, opened, used_names
from oversight.documents.kinds import NUMBER, ORDINALS, SYSTEM, DocumentKind
from oversight.documents.values import context, samples

LARGEST = 2 * 1024**2
MOST_UNPACKED, MOST_PARTS, LARGEST_TEXT = 16 * 1024**2, 200, 1024**2
MAIN = "word/document.xml"
WORD = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
# Programs, other files inside, and what is fetched or run when the file is opened.
BANNED = re.compile(r"vbaProject|vbaData|activeX|embeddings/|customUI|afchunk", re.IGNORECASE)
TEXTS, PICTURES = (".xml", ".rels"), (".png", ".jpg", ".jpeg", ".gif", ".bmp")
EXTERNAL = re.compile(rb"TargetMode\s*=\s*[\"']External", re.IGNORECASE)
FIELDS = re.compile(rb"\b(DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE|LINK|IMPORT|DATABASE|MACROBUTTON|RD)\b")
INSTRUCTION = re.compile(rb"<w:instrText[^>]*>([^<]*)|w:instr\s*=\s*[\"']([^\"']*)", re.IGNORECASE)
BROKEN = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, expat.ExpatError, KeyError, NotImplementedError, EOFError, RuntimeError)


@dataclass(frozen=True)
class Checked:
    """A template that may be used. `unused`: fields of the kind that it does not print."""

    unused: tuple[str, ...]


def check_template(kind: DocumentKind, content: bytes) -> Checked:
    """Raises TooLarge, or BadInput with what is wrong and what to do."""
    _check_package(content)
    try:
        names = used_names(content)
        _check_names(kind, names)
        opened(filled(content, samples(kind) | {ORDINALS: _ordinals(kind)}))
    except WrongTemplate as error:
        raise BadInput(
            _("Only placeholders, conditions and loops may stand between braces; this cannot be used: %(what)s") % {"what": str(error)}
        ) from error
    except TemplateError as error:
        raise BadInput(_("The placeholders cannot be filled in: %(what)s") % {"what": str(error)[:120]}) from error
    except (LxmlError, KeyError, ValueError, AttributeError, TypeError) as error:
        raise BadInput(_("The file cannot be opened as a Word document after it was filled in; save it again as .docx.")) from error
    printed = {name.partition(".")[0] for name in names}
    return Checked(tuple(field.name for field in kind.fields if field.name not in printed))


def _ordinals(kind: DocumentKind) -> dict[str, str]:
    ordinals: dict[str, str] = context(kind, samples(kind))[ORDINALS]
    return ordinals


def _check_names(kind: DocumentKind, names: set[str]) -> None:
    known = {*SYSTEM, *(field.name for field in kind.fields), *(f"{ORDINALS}.{name}" for name in _ordinals(kind))}
    unknown = sorted(names - known)
    if unknown:
        raise BadInput(
            _("%(kind)s has no field %(names)s; the fields it has are listed on this page.")
            % {"kind": kind.paper, "names": "、".join(f"{{{{ {name} }}}}" for name in unknown[:10])}
        )
    if kind.word and NUMBER not in names:
        raise BadInput(_("A numbered document must print its number: put {{ %(name)s }} where it belongs.") % {"name": NUMBER})


def _check_package(content: bytes) -> None:
    if len(content) > LARGEST:
        raise TooLarge(_("A template has at most %(most)d MB; make its pictures smaller.") % {"most": LARGEST // 1024**2})
    try:
        with zipfile.ZipFile(BytesIO(content)) as package:
            _check_sizes(package)
            if MAIN not in package.namelist() or WORD not in package.read("[Content_Types].xml"):
                raise BadInput(
                    _("The file is no plain Word document; save it as .docx, without macros (.docm), not as a template (.dotx).")
                )
            for name, part in _parts(package):
                _check_part(name, part)
    except BROKEN as error:
        raise BadInput(_("The file is no Word document; save it as .docx without a password.")) from error


def _check_sizes(package: zipfile.ZipFile) -> None:
    """What is unpacked is bounded by the sizes the file states: Python stops reading a part at its stated size."""
    infos = package.infolist()
    if any(info.flag_bits & 1 for info in infos):
        raise BadInput(_("The file is no Word document; save it as .docx without a password."))
    if len(infos) > MOST_PARTS or sum(info.file_size for info in infos) > MOST_UNPACKED:
        raise TooLarge(_("The file unpacks to more than a template needs; it is not opened."))
    if any(info.file_size > LARGEST_TEXT for info in infos if info.filename.lower().endswith(TEXTS)):
        raise TooLarge(_("The text of the template is too long; it is not opened."))
    if len({info.filename for info in infos}) < len(infos):
        raise BadInput(_("The file is no Word document; save it as .docx without a password."))
    names = [info.filename for info in infos if not info.is_dir()]
    banned = next((name for name in names if BANNED.search(name) or not name.lower().endswith(TEXTS + PICTURES)), None)
    if banned:
        raise BadInput(_("The file holds a program or another file (%(part)s); take it out.") % {"part": banned[:80]})


def _parts(package: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    for name in package.namelist():
        if name.lower().endswith(TEXTS):
            yield name, package.read(name)


def _check_part(name: str, part: bytes) -> None:
    """No document type (and so no entity), nothing fetched from outside, no field that runs or reads something."""

    def refuse(*_args: object) -> None:
        raise BadInput(
            _("The part %(part)s holds XML that Word does not write; save the file again with Word or WPS.") % {"part": name[:80]}
        )

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.Parse(part, True)
    if EXTERNAL.search(part):
        raise BadInput(_("The template links to something outside itself (a picture, template or address); take the link out."))
    for found in INSTRUCTION.findall(part):
        if FIELDS.search(b" ".join(found).upper()):
            raise BadInput(_("The template holds a field that fetches or runs something; take it out."))
