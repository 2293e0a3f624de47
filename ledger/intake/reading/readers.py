"""A CSV file as numbered rows of text cells, whatever is broken in it; nothing here knows what the columns mean."""

import codecs
import csv
import hashlib
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from django.utils.translation import gettext as _

from ledger.intake.reading.escaping import is_returned, unescaped
from ledger.intake.reading.reasons import Fault
from ledger.kit.errors import Unreadable

MAX_LINE = 1_000_000
MAX_LINES_OF_A_ROW = 200
ENCODINGS = ("utf-8-sig", "gb18030")
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Broken:
    """A line of which no cells can be made."""

    text: str
    fault: Fault


@dataclass(frozen=True)
class Faulty:
    """Cells that can be shown but not trusted, and why."""

    cells: list[str]
    fault: Fault


Row = tuple[int, list[str] | Broken | Faulty]


@dataclass(frozen=True)
class Table:
    """A readable file: what it is, and its header as received. `rows()` reads the rest, in bounded memory, as often as asked.

    `lines` is how many it has, counted by line ends: more than rows where cells hold some.
    """

    path: Path
    encoding: str
    sha256: str
    size: int
    header: tuple[str, ...]
    lines: int = 0

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def expected_rows(self) -> int:
        return max(self.lines - 1, 0)

    def cell(self, number: int, column: str) -> str:
        """Empty: the cells of a CSV file have no names."""
        return ""

    def rows(self, identifying: Collection[int] = ()) -> Iterator[Row]:
        """(line number, cells or Broken) of every row that is not blank; the header is line 1.

        `identifying`: columns in which only text is trusted, which is all a CSV file has.
        """
        records = _records(self.path, self.encoding, len(self.header))
        next(records)
        ours = is_returned(self.header)
        for number, cells in records:
            if ours and isinstance(cells, list):
                cells = unescaped(cells)
            if not isinstance(cells, list) or cells[0] or any(cell.strip() for cell in cells):
                yield number, cells


def open_table(path: Path, *, max_bytes: int) -> Table:
    """Find out how a CSV file is to be read. Raises Unreadable saying why it cannot be."""
    size = check_size(path, max_bytes)
    encoding, sha256, lines = _encoding_and_digest(path)
    first = next(_records(path, encoding, None), None)
    if first is None or not isinstance(first[1], list) or not any(cell.strip() for cell in first[1]):
        raise Unreadable(_("%(name)s is not a table: its first line must name the columns, separated by commas.") % {"name": path.name})
    header = [cell.strip() for cell in first[1]]
    while not header[-1]:
        header.pop()
    return Table(path, encoding, sha256, size, tuple(header), lines)


def check_size(path: Path, max_bytes: int) -> int:
    """The size of the file in bytes. Raises Unreadable when it is over the limit."""
    size = path.stat().st_size
    if size > max_bytes:
        raise Unreadable(
            _("%(name)s has %(size)s MB, more than the %(limit)s MB allowed; split it.")
            % {"name": path.name, "size": size >> 20, "limit": max_bytes >> 20}
        )
    return size


def _encoding_and_digest(path: Path) -> tuple[str, str, int]:
    """(encoding, SHA-256 in hex, lines)"""
    digest, lines, last = hashlib.sha256(), 0, b"\n"
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
            lines, last = lines + block.count(b"\n"), block[-1:]
    encoding = next((name for name in ENCODINGS if _decodes(path, name)), None)
    if encoding is None:
        raise Unreadable(_("%(name)s is neither UTF-8 nor GB18030 text; save it as “CSV UTF-8” and send it again.") % {"name": path.name})
    return encoding, digest.hexdigest(), lines + (last != b"\n")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                decoder.decode(block)
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return True


class _Lines:
    """The lines of a stream with their numbers; lines can be given back when they turn out to belong to no open quotation."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._number = stream, 0
        self._given_back: deque[tuple[int, str]] = deque()

    def take(self) -> tuple[int, str] | None:
        if self._given_back:
            return self._given_back.popleft()
        line = self._stream.readline(MAX_LINE)
        if not line:
            return None
        self._number += 1
        if len(line) == MAX_LINE and line[-1] not in "\r\n":
            while (rest := self._stream.readline(MAX_LINE)) and rest[-1] not in "\r\n":
                pass
        return self._number, line

    def give_back(self, lines: list[tuple[int, str]]) -> None:
        self._given_back.extendleft(reversed(lines))


def _records(path: Path, encoding: str, width: int | None) -> Iterator[Row]:
    with path.open(encoding=encoding, newline="") as stream:
        lines = _Lines(stream)
        while (found := lines.take()) is not None:
            number, line = found
            if len(line) == MAX_LINE:
                yield number, Broken(line[:2000], Fault("line_too_long", limit=MAX_LINE))
            elif '"' not in line:
                yield number, _fitted(line.rstrip("\r\n").split(","), width)
            else:
                yield number, _quoted(number, line, lines, width)


def _quoted(number: int, line: str, lines: _Lines, width: int | None) -> list[str] | Broken:
    """The cells of a row that starts on this line and, inside quotation marks, may go on over the next ones.

    A quotation that is never closed, or closed only by swallowing other rows, costs this line alone.
    """
    parts = [(number, line)]
    while True:
        try:
            cells = next(csv.reader([text for _number, text in parts], strict=True))
        except csv.Error:
            more = lines.take() if _is_open(parts) and len(parts) < MAX_LINES_OF_A_ROW else None
            if more is not None:
                parts.append(more)
                continue
            cells = None
        if cells is not None and (len(parts) == 1 or width is None or len(cells) == width):
            return _fitted(cells, width)
        lines.give_back(parts[1:])
        return Broken(line.rstrip("\r\n"), Fault("bad_quoting"))


def _is_open(parts: list[tuple[int, str]]) -> bool:
    return sum(text.count('"') for _number, text in parts) % 2 == 1


def _fitted(cells: list[str], width: int | None) -> list[str]:
    """The cells without the empty ones a spreadsheet leaves behind the last column."""
    if width is not None and len(cells) > width and not any(cell.strip() for cell in cells[width:]):
        return cells[:width]
    return cells
