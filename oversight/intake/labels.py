"""Words for what intake keeps as codes and numbers."""

from typing import Any

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from ledger.intake.reading.reasons import sentence

KINDS: dict[str, Promise] = {
    "units": gettext_lazy("units"),
    "agencies": gettext_lazy("agencies"),
    "posts": gettext_lazy("posts"),
    "staff": gettext_lazy("people"),
    "postings": gettext_lazy("postings"),
    "shifts": gettext_lazy("extra shifts"),
    "transactions": gettext_lazy("transactions"),
    "steps": gettext_lazy("steps"),
    "complaints": gettext_lazy("complaints"),
    "violations_of_discipline": gettext_lazy("violations of discipline"),
    "impounds": gettext_lazy("impounded vehicles"),
    "manifests": gettext_lazy("manifests"),
}
ENCODINGS = {"utf-8-sig": "UTF-8", "gb18030": "GB18030", "xlsx": "XLSX"}


def kind_label(code: str) -> str:
    return str(KINDS.get(code, code))


def encoding_label(code: str) -> str:
    return ENCODINGS.get(code, code)


def grouped(number: int) -> str:
    """1203300 → 1,203,300, in either language."""
    return f"{number:,}"


def size_text(size: int) -> str:
    """A number of bytes in its largest fitting unit."""
    for unit, factor in (("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)):
        if size >= factor:
            return f"{number_format(size / factor, 1)} {unit}"
    return f"{size} B"


def rows_text(number: int | None) -> str:
    if number is None:
        return "–"
    return _("about %(rows)s") % {"rows": grouped(number)}


def remaining_text(seconds: float) -> str:
    """What is left of some work, as people say it."""
    if seconds < 60:
        return _("less than a minute left")
    minutes = round(seconds / 60)
    if minutes < 60:
        return ngettext("about %(number)d minute left", "about %(number)d minutes left", minutes) % {"number": minutes}
    hours = round(seconds / 3600)
    return ngettext("about %(number)d hour left", "about %(number)d hours left", hours) % {"number": hours}


def counts_text(counts: dict[str, int]) -> str:
    """What became of rows, the counts that are not zero."""
    named = (
        ("accepted", pgettext("count of rows", "accepted %(number)s")),
        ("revised", pgettext("count of rows", "revised %(number)s")),
        ("duplicate", pgettext("count of rows", "duplicate %(number)s")),
        ("again", pgettext("count of rows", "again in this file %(number)s")),
        ("rejected", pgettext("count of rows", "rejected %(number)s")),
        ("waiting", pgettext("count of rows", "waiting %(number)s")),
    )
    return " ".join(words % {"number": grouped(counts[name])} for name, words in named if counts.get(name))


def told_reason(told: dict[str, Any]) -> str:
    """The sentence of a reason that was kept as {reason, column, value, detail}."""
    return sentence(told["reason"], column=told["column"], value=told["value"], detail=told["detail"])
