"""The numbers of documents: 整改〔2026〕1号, by kind and year of Shanghai, without a gap."""

from dataclasses import dataclass
from datetime import date

from oversight.documents.kinds import DocumentKind
from oversight.documents.models import Series


@dataclass(frozen=True)
class Numbered:
    text: str
    year: int | None
    serial: int | None


def next_number(kind: DocumentKind, day: date) -> Numbered:
    """Take the next number, inside the caller's transaction: others wait for it, and it is free again if the transaction fails."""
    if not kind.word:
        return Numbered("", None, None)
    Series.objects.get_or_create(kind=kind.code, year=day.year)
    series = Series.objects.select_for_update().get(kind=kind.code, year=day.year)
    series.last += 1
    series.save(update_fields=["last"])
    return Numbered(f"{kind.word}〔{day.year}〕{series.last}号", day.year, series.last)


def awaited_number(kind: DocumentKind, day: date) -> str:
    """What a draft shows in its place: the number is given when the document is made."""
    return f"{kind.word}〔{day.year}〕　号" if kind.word else ""
