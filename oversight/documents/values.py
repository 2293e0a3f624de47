"""The values of a document's fields: in the shape its kind asks for, fit for paper, numbers of persons masked where it needs none."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ledger.kit.masking import mask_numbers
from oversight.documents.kinds import DATED, ISSUER, ORDINALS, SYSTEM, TITLE, DocumentKind, Field, Part, Shape

# What XML 1.0 cannot hold, and what would be taken for a break of our own in a Word file. Line feeds are handled apart.
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
NUMERALS = "一二三四五六七八九十"
# What an object calls itself: the document has a number of its own.
OWN_NAMES = frozenset({"文号", "编号"})
GIVEN_INSTEAD = frozenset({TITLE, ISSUER, DATED})

Value = str | list[str] | list[dict[str, str]]


def ordinal(number: int) -> str:
    """1 → 一, 10 → 十, 12 → 十二; up to 99."""
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{NUMERALS[tens - 1]}十"
    return head + (NUMERALS[ones - 1] if ones else "")


def shaped(kind: DocumentKind, given: Mapping[str, Any]) -> dict[str, Value]:
    """The values by field name, every field of the kind there, empty if none was given. Marks in names (来源预警/案号) do not count.

    Raises ValueError for a name the kind does not have: a value that would silently be lost.
    """
    given = {re.sub(r"\W", "", name): value for name, value in given.items()}
    unknown = set(given) - {field.name for field in kind.fields} - OWN_NAMES - GIVEN_INSTEAD
    if unknown:
        raise ValueError(f"{kind.code} has no field {', '.join(sorted(unknown))}")
    return {field.name: _shaped(field, given.get(field.name)) for field in kind.fields}


def _shaped(field: Field, value: Any) -> Value:
    if field.shape is Shape.TABLE:
        rows = ({field.columns[0]: row} if isinstance(row, str) else row for row in value or ())
        return [{column: _text(row.get(column), clear=column in field.clear_columns) for column in field.columns} for row in rows]
    if field.shape is Shape.LIST:
        lines = value.splitlines() if isinstance(value, str) else value or ()
        return [" ".join(text.split("\n")) for line in lines if (text := _text(line, clear=field.clear))]
    if isinstance(value, (list, tuple)):
        value = ("、" if field.shape is Shape.LINE else "\n").join(str(one) for one in value if one)
    text = _text(value, clear=field.clear)
    return " ".join(text.split("\n")) if field.shape is Shape.LINE else text


def _text(value: Any, *, clear: bool) -> str:
    text = clean("" if value is None else str(value))
    return text if clear else mask_numbers(text)


def clean(text: str) -> str:
    """Without characters that cannot be printed, tabs as spaces, lines without blanks at their ends and none of them empty."""
    text = UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).replace("\t", " ")
    return "\n".join(line.strip() for line in text.split("\n") if line.strip())


def context(kind: DocumentKind, values: Mapping[str, Value]) -> dict[str, Any]:
    """What a Word template is filled with: the fields, what the system knows, and the ordinals of the filled fields of the body."""
    body = [field.name for field in kind.of_part(Part.BODY) if values[field.name]]
    return {**values, ORDINALS: {name: ordinal(number) for number, name in enumerate(body, 1)}}


def samples(kind: DocumentKind) -> dict[str, Value]:
    """A value in every field, by which a template is tried; each names its field."""
    found: dict[str, Value] = {name: f"〔{name}〕" for name in SYSTEM}
    for field in kind.fields:
        if field.shape is Shape.TABLE:
            found[field.name] = [{column: f"〔{column}{number}〕" for column in field.columns} for number in (1, 2)]
        elif field.shape is Shape.LIST:
            found[field.name] = [f"〔{field.name}{number}〕" for number in (1, 2)]
        else:
            found[field.name] = f"〔{field.name}〕"
    return found


def row_text(row: Mapping[str, str]) -> str:
    """A row of a table as one line: 单位：一大队；职责：…"""
    return "；".join(f"{column}：{text.rstrip('。；')}" for column, text in row.items() if text)


def texts(value: Value) -> Iterable[str]:
    """The paragraphs of a value of any shape; lists and rows are numbered."""
    if isinstance(value, str):
        return value.split("\n") if value else []
    lines = [row_text(one) if isinstance(one, dict) else one for one in value]
    return [f"{number}. {line}" for number, line in enumerate(lines, 1)] if len(lines) > 1 else lines
