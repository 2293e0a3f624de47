"""A document as it is drawn on our own pages: blocks for the print page, from its kind and the values kept with it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from oversight.documents.kinds import DATED, ISSUER, MATTER, NUMBER, TITLE, DocumentKind, Field, Part, Shape
from oversight.documents.values import Value, ordinal, texts

# 送达回证: label and whether its row is tall, for what is written in by hand.
RECEIPT_ROWS: tuple[tuple[tuple[str, bool], ...], ...] = (
    (("送达文书", False),),
    (("文号", False),),
    (("受送达单位（人）", False),),
    (("送达情况", False),),
    (("送达方式", False), ("送达地点", False)),
    (("送达人", False), ("送达时间", False)),
    (("受送达人签收", True),),
    (("代收人及理由", True),),
    (("拒收、留置送达注明", True),),
)


def cells(fields: Iterable[Field]) -> list[tuple[Field, ...]]:
    """The rows of an internal form: two lines beside each other, everything longer in a row of its own."""
    rows: list[tuple[Field, ...]] = []
    for field in fields:
        if field.shape is Shape.LINE and rows and len(rows[-1]) == 1 and rows[-1][0].shape is Shape.LINE:
            rows[-1] = (*rows[-1], field)
        else:
            rows.append((field,))
    return rows


def drawn(kind: DocumentKind, values: Mapping[str, Value]) -> dict[str, Any]:
    """What documents/_paper.html prints. Everything in it is text. A version made before the kind had a field has none of it."""
    values = {field.name: "" for field in kind.fields} | dict(values)
    known: dict[str, Any] = {
        "official": kind.official,
        "issuer": values[ISSUER],
        "issuer_size": _size(str(values[ISSUER])),
        "number": values[NUMBER],
        "numbered": bool(kind.word),
        "title": values[TITLE],
        "dated": values[DATED],
        "matter": values[MATTER],
        "foot": kind.foot,
    }
    return known | (_official(kind, values) if kind.official else {"rows": _rows(kind, values)})


def _size(issuer: str) -> str:
    """How large 发文机关标志 may stand on one line of 156 mm."""
    return "" if len(issuer) <= 9 else "long" if len(issuer) <= 13 else "longer"


def _rows(kind: DocumentKind, values: Mapping[str, Value]) -> list[list[dict[str, Any]]]:
    return [
        [{"label": field.title, "texts": texts(values[field.name]), "tall": field.by_hand} for field in row] for row in cells(kind.fields)
    ]


def _official(kind: DocumentKind, values: Mapping[str, Value]) -> dict[str, Any]:
    filled = [field for field in kind.of_part(Part.BODY) if values[field.name]]
    return {
        "to": [values[field.name] for field in kind.of_part(Part.TO)],
        "opening": kind.opening,
        "clauses": [_clause(number, field, values[field.name]) for number, field in enumerate(filled, 1)],
        "closing": kind.closing,
        "annexes": _labelled(kind.of_part(Part.ANNEX), values),
        "notes": _labelled(kind.of_part(Part.NOTE), values),
        "copies": _labelled(kind.of_part(Part.COPY), values),
        "receipt": _receipt(kind, values) if kind.receipt else None,
    }


def _clause(number: int, field: Field, value: Value) -> dict[str, Any]:
    table = None
    if field.shape is Shape.TABLE:
        rows = [[row[column] for column in field.columns] for row in value if isinstance(row, dict)]
        table = {"columns": list(zip(field.columns, field.widths, strict=True)), "rows": rows}
    return {"heading": f"{ordinal(number)}、{field.title}", "texts": () if table else texts(value), "table": table}


def _labelled(fields: Sequence[Field], values: Mapping[str, Value]) -> list[dict[str, Any]]:
    return [{"label": field.title, "texts": texts(values[field.name])} for field in fields if values[field.name]]


def _receipt(kind: DocumentKind, values: Mapping[str, Value]) -> list[list[dict[str, Any]]]:
    given: dict[str, Value] = {"送达文书": values[TITLE], "文号": values[NUMBER]}
    given["受送达单位（人）"] = next((values[field.name] for field in kind.of_part(Part.TO)), "")
    given["送达情况"] = next((values[field.name] for field in kind.of_part(Part.RECEIPT)), "")
    return [[{"label": label, "texts": texts(given.get(label, "")), "tall": tall} for label, tall in row] for row in RECEIPT_ROWS]
