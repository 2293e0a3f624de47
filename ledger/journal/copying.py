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
    kinds = set(map(type, column))
    if kinds == {str}:
        return _escaped_texts(column)
    if kinds == {int}:
        return list(map(str, column))
    if str in kinds:
        texts = iter(_escaped_texts([value for value in column if isinstance(value, str)]))
        return [NOT_KNOWN if value is None else next(texts) if isinstance(value, str) else str(value) for value in column]
    return [NOT_KNOWN if value is None else str(value) for value in column]


def _escaped_texts(texts: Sequence[str]) -> Sequence[str]:
    together = _APART.join(texts)
    if not any(special in together for special, _escape in _ESCAPES):
        return texts
    for special, escape in _ESCAPES:
        together = together.replace(special, escape)
    apart = together.split(_APART)
    if len(apart) != len(texts):
        raise ValueError("A text holds NUL, which PostgreSQL cannot store.")
    return apart
