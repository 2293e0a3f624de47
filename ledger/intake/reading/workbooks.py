"""An .xlsx file as a package of XML parts that may be hostile: its sizes are checked before it is opened, its XML while it is read."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from errno import EINVAL
from pathlib import Path
from posixpath import dirname, normpath
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

from django.utils.translation import gettext as _

from ledger.kit.errors import BadInput, Unreadable

SPREADSHEET_SUFFIXES = (".xlsx", ".xlsm", ".xls")
MAX_UNPACKED = 4 * 1024**3
MAX_PART = 64 * 1024**2
MAX_RATIO = 200
RATIO_FROM = 8 * 1024**2
CHUNK = 1 << 20
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_WORKBOOK = "xl/workbook.xml"
_CONTENT_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml"
# Number formats every spreadsheet has: those that show a time of day.
_TIMED_FORMATS = frozenset({18, 19, 20, 21, 22, 45, 46, 47})
_LITERALS = re.compile(r'"[^"]*"|\\.|\[[^\]hHsS]*\]')
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    ValueError,
    EOFError,
    expat.ExpatError,
    ElementTree.ParseError,
)


@dataclass(frozen=True)
class Sheet:
    name: str
    part: str
    hidden: bool


@dataclass
class Workbook:
    """What an .xlsx file says of itself. `timed`: the cell styles that show a time of day."""

    path: Path
    sheets: list[Sheet]
    date1904: bool
    strings: str = ""
    styles: str = ""
    timed: frozenset[int] = field(default_factory=frozenset)

    def sheet(self, wanted: str | None) -> Sheet:
        """The sheet of that name, else of that number from 1; the first when none is asked for. Raises Unreadable or BadInput."""
        shown = ", ".join(sheet.name for sheet in self.sheets if not sheet.hidden)
        by_name = {sheet.name: sheet for sheet in self.sheets}
        found = self.sheets[0] if wanted is None else by_name.get(wanted)
        if found is None and wanted and wanted.isascii() and wanted.isdigit() and 0 < int(wanted[:9]) <= len(self.sheets):
            found = self.sheets[int(wanted) - 1]
        named = {"name": self.path.name, "sheet": found.name if found else wanted, "sheets": shown}
        if found is None:
            raise BadInput(_("%(name)s has no sheet “%(sheet)s”; its sheets are: %(sheets)s.") % named)
        if found.hidden:
            message = _("%(name)s: the sheet “%(sheet)s” is hidden; unhide it, or choose another with --sheet: %(sheets)s.")
            raise Unreadable(message % named)
        return found

    def small_copy(self) -> bytes:
        """The package without its sheets: what is needed to read the cells of one sheet1.xml that is still to be added."""
        copy = io.BytesIO()
        with opened(self.path) as package, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as small:
            for name, text in _skeleton(self.date1904, bool(self.strings), bool(self.styles)).items():
                small.writestr(name, text)
            for source, target in ((self.strings, "xl/sharedStrings.xml"), (self.styles, "xl/styles.xml")):
                if source:
                    with package.open(source) as part, small.open(target, "w", force_zip64=True) as out:
                        while chunk := part.read(CHUNK):
                            out.write(chunk)
        return copy.getvalue()


def is_spreadsheet(path: Path) -> bool:
    """Whether the file is one by its first bytes, or claims to be by its name."""
    with path.open("rb") as stream:
        return stream.read(4) in (_ZIP, _OLE) or path.suffix.lower() in SPREADSHEET_SUFFIXES


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """The package of an .xlsx file whose sizes have been checked. Raises Unreadable, also for what breaks while it is read."""
    try:
        with zipfile.ZipFile(path) as package:
            _check_sizes(path.name, package)
            yield package
    except (*_BROKEN, OSError) as error:
        if isinstance(error, OSError) and error.errno != EINVAL:  # only a place before the beginning of the file is the file's own fault
            raise
        raise Unreadable(
            _("%(name)s is broken and cannot be opened as a spreadsheet; save it again as .xlsx or as “CSV UTF-8”.") % {"name": path.name}
        ) from error


def read_workbook(path: Path) -> Workbook:
    """Raises Unreadable for whatever is not an .xlsx file that can be read without danger."""
    with path.open("rb") as stream:
        start = stream.read(4)
    if start == _OLE:
        message = _("%(name)s is encrypted, or of the old .xls form; save it without a password as .xlsx or as “CSV UTF-8”.")
        raise Unreadable(message % {"name": path.name})
    with opened(path) as package:
        parts = set(package.namelist())
        if _WORKBOOK not in parts:
            raise Unreadable(_("%(name)s is no .xlsx workbook; save it as .xlsx or as “CSV UTF-8”.") % {"name": path.name})
        book = _tree(path, package, _WORKBOOK)
        relations = _relations(path, package, parts)
        targets = {relation.get("Id"): _target(relation) for relation in relations}
        kinds = {(relation.get("Type") or "").rpartition("/")[2]: _target(relation) for relation in relations}
        sheets = [
            Sheet(item.get("name") or "", part, item.get("state") in ("hidden", "veryHidden"))
            for item in _named(book, "sheet")
            if (part := targets.get(_relation_id(item), "")) in parts and "worksheets/" in part
        ]
        if not sheets:
            raise Unreadable(_("%(name)s has no sheet that can be read.") % {"name": path.name})
        properties = next(iter(_named(book, "workbookPr")), None)
        date1904 = properties is not None and properties.get("date1904") in ("1", "true")
        workbook = Workbook(path, sheets, date1904)
        if kinds.get("sharedStrings") in parts:
            workbook.strings = kinds["sharedStrings"]
            for _chunk in safe_chunks(path, package, workbook.strings):
                pass
        if kinds.get("styles") in parts:
            workbook.styles = kinds["styles"]
            workbook.timed = _timed_styles(_tree(path, package, workbook.styles))
        return workbook


def safe_chunks(path: Path, package: zipfile.ZipFile, part: str, *, plain: bool = False) -> Iterator[bytes]:
    """The bytes of an XML part, each chunk after it was parsed. Raises Unreadable for a document type (and so for any entity).

    `plain`: comments, CDATA and processing instructions are refused too, so that every tag found in the bytes is one.
    """

    def refuse(*_args: Any) -> None:
        raise Unreadable(
            _("%(name)s: its part %(part)s holds XML that no spreadsheet program writes (a document type, entities or hidden text).")
            % {"name": path.name, "part": part}
        )

    def encoded(_version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in ("utf-8", "us-ascii"):
            refuse()

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.XmlDeclHandler = encoded
    if plain:
        parser.CommentHandler = parser.StartCdataSectionHandler = parser.ProcessingInstructionHandler = refuse
    with package.open(part) as stream:
        while chunk := stream.read(CHUNK):
            parser.Parse(chunk, False)
            yield chunk
        parser.Parse(b"", True)


def _check_sizes(name: str, package: zipfile.ZipFile) -> None:
    infos = package.infolist()
    if any(info.flag_bits & 1 for info in infos):
        raise Unreadable(_("%(name)s is encrypted; save it without a password.") % {"name": name})
    unpacked = sum(info.file_size for info in infos)
    packed = sum(info.compress_size for info in infos)
    if unpacked > MAX_UNPACKED or (unpacked > RATIO_FROM and unpacked > MAX_RATIO * packed):
        message = _("%(name)s unpacks to %(size)s MB, more than %(limit)s MB or %(ratio)s times its own size; it is not opened. Split it.")
        raise Unreadable(message % {"name": name, "size": unpacked >> 20, "limit": MAX_UNPACKED >> 20, "ratio": MAX_RATIO})


def _tree(path: Path, package: zipfile.ZipFile, part: str) -> ElementTree.Element:
    content = bytearray()
    for chunk in safe_chunks(path, package, part):
        content += chunk
        if len(content) > MAX_PART:
            message = _("%(name)s: its part %(part)s is larger than %(limit)s MB.")
            raise Unreadable(message % {"name": path.name, "part": part, "limit": MAX_PART >> 20})
    return ElementTree.fromstring(bytes(content))


def _relations(path: Path, package: zipfile.ZipFile, parts: set[str]) -> list[ElementTree.Element]:
    name = "xl/_rels/workbook.xml.rels"
    return _named(_tree(path, package, name), "Relationship") if name in parts else []


def _named(tree: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [item for item in tree.iter() if isinstance(item.tag, str) and item.tag.rpartition("}")[2] == name]


def _relation_id(item: ElementTree.Element) -> str | None:
    return next((value for key, value in item.attrib.items() if key.startswith("{") and key.endswith("}id")), None)


def _target(relation: ElementTree.Element) -> str:
    target = relation.get("Target") or ""
    return target.lstrip("/") if target.startswith("/") else normpath(f"{dirname(_WORKBOOK)}/{target}")


def _timed_styles(styles: ElementTree.Element) -> frozenset[int]:
    formats = {item.get("numFmtId"): _LITERALS.sub("", item.get("formatCode") or "") for item in _named(styles, "numFmt")}
    timed = {str(number) for number in _TIMED_FORMATS} | {number for number, text in formats.items() if re.search("[hHsS]", text)}
    cells = next(iter(_named(styles, "cellXfs")), None)
    return frozenset(index for index, item in enumerate(cells if cells is not None else ()) if item.get("numFmtId") in timed)


def _skeleton(date1904: bool, strings: bool, styles: bool) -> dict[str, str]:
    parts = (
        ("worksheet", "worksheets/sheet1.xml", True),
        ("sharedStrings", "sharedStrings.xml", strings),
        ("styles", "styles.xml", styles),
    )
    there = [(kind, target) for kind, target, given in parts if given]
    overrides = "".join(f'<Override PartName="/xl/{target}" ContentType="{_MAIN}.{kind}+xml"/>' for kind, target in there)
    relations = "".join(
        f'<Relationship Id="rId{number}" Type="{_RELATIONS}/{kind}" Target="{target}"/>' for number, (kind, target) in enumerate(there, 1)
    )
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    return {
        "[Content_Types].xml": f'<Types xmlns="{_CONTENT_TYPES}"><Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/{_WORKBOOK}" ContentType="{_MAIN}.sheet.main+xml"/>{overrides}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="rId1" Type="{_RELATIONS}/officeDocument" '
        f'Target="{_WORKBOOK}"/></Relationships>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}">{relations}</Relationships>',
        _WORKBOOK: '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
        f'xmlns:r="{_RELATIONS}"><workbookPr date1904="{int(date1904)}"/>'
        '<sheets><sheet name="sheet" sheetId="1" r:id="rId1"/></sheets></workbook>',
    }
