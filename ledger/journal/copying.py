"""Rows as the text PostgreSQL's COPY reads: a line each, tabs between values, and what would end either written with a backslash."""

from collections.abc import Sequence
from typing import Any

NOT_KNOWN = "\\N"
_APART = "\0"  # in no text a database can store
_ESCAPES = (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"))


def copy_text(columns: Sequence[Sequence[Any]]) -> bytes:
    """Columns of text, numbers and None (null), all of one length and not empty, as the input of COPY in its text format.

    Made by the column, since hardly a value needs escaping and a whole column is asked about that at once. Raises ValueError for NUL.
    """
    lines = map("\t".join, zip(*map(_escaped, columns), strict=True))
    return ("\n".join(lines) + "\n").encode()


def _escaped(column: Sequence[Any]) -> Sequence[str]:
    if set(map(type, column)) != {str}:
        return [NOT_KNOWN if value is None else _escaped((value,))[0] if isinstance(value, str) else str(value) for value in column]
    together = _APART.join(column)
    if not any(special in together for special, _escape in _ESCAPES):
        return column
    for special, escape in _ESCAPES:
        together = together.replace(special, escape)
    apart = together.split(_APART)
    if len(apart) != len(column):
        raise ValueError("A text holds NUL, which PostgreSQL cannot store.")
    return apart
