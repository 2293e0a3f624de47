"""Cells of CSV that a spreadsheet would run, kept as text on the way out and taken back on the way in."""

from collections.abc import Sequence

# A file with this column is one of ours coming back; in no other is anything taken off.
RETURNED = "quarantine_no"
ESCAPED = frozenset("=+-@\t\r'")


def escaped(cell: str) -> str:
    """With an apostrophe before what a spreadsheet would run, and before an apostrophe that is there."""
    return f"'{cell}" if cell[:1] in ESCAPED else cell


def unescaped(cells: Sequence[str]) -> list[str]:
    """The cells of a line as they were before."""
    return [cell[1:] if cell[:1] == "'" and cell[1:2] in ESCAPED else cell for cell in cells]


def is_returned(header: Sequence[str]) -> bool:
    return any(name.strip().lower() == RETURNED for name in header)
