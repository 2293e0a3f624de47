"""What a source's health is, in words."""

from collections.abc import Iterator, Sequence
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext, pgettext_lazy

from ledger.intake.health import RECENT_DAYS, Day, Reconciled, State, Usual, Verdict
from ledger.intake.sources import SourceHealth
from ledger.lines import lines

STATES: dict[State, Promise] = {
    State.LATE: pgettext_lazy("source", "late"),
    State.GAP: pgettext_lazy("source", "gap"),
    State.UNUSUAL: pgettext_lazy("source", "unusual"),
    State.UNKNOWN: pgettext_lazy("source", "too little history"),
    State.NORMAL: pgettext_lazy("source", "normal"),
}
ICONS = {State.LATE: "clock", State.GAP: "alert-triangle", State.UNUSUAL: "trending-up", State.UNKNOWN: "hourglass", State.NORMAL: "check"}
VERDICTS: dict[Verdict, Promise] = {
    Verdict.USUAL: pgettext_lazy("day", "as usual"),
    Verdict.BELOW: pgettext_lazy("day", "fewer than usual"),
    Verdict.ABOVE: pgettext_lazy("day", "more than usual"),
    Verdict.GAP: pgettext_lazy("day", "nothing came"),
    Verdict.OPEN: pgettext_lazy("day", "may still come"),
    Verdict.UNKNOWN: pgettext_lazy("day", "too little history"),
}
FEW = 3


def grouped(number: int) -> str:
    return f"{number:,}"


def usual_text(usual: Usual | None) -> str:
    if usual is None:
        return ""
    return grouped(usual.low) if usual.low == usual.high else f"{grouped(usual.low)}–{grouped(usual.high)}"


def day_text(day: date) -> str:
    return f"{day:%m-%d}"


def reasons(health: SourceHealth) -> list[str]:
    """Everything that is not as it should be, gravest first; why nothing can be said where that is so."""
    told = [*_silence(health), *_gaps(health), *_unmet(health.unmet), *_unusual(health.days)]
    if not told and health.state == State.UNKNOWN:
        told = [_("fewer than two weeks of history") if health.days else _("too few deliveries to say how often it delivers")]
    return told


def rhythm_text(health: SourceHealth) -> str:
    rhythm = health.rhythm
    if rhythm is None or rhythm.usual is None:
        return ""
    if rhythm.rest_days:
        return ngettext("usually within %(number)d day", "usually within %(number)d days", rhythm.usual) % {"number": rhythm.usual}
    words = ngettext("usually within %(number)d working day", "usually within %(number)d working days", rhythm.usual)
    return words % {"number": rhythm.usual}


def strip_text(days: Sequence[Day]) -> str:
    """The strip for whoever does not see it."""
    parts = [_("last %(days)d days: %(rows)s records") % {"days": len(days), "rows": grouped(sum(day.rows for day in days))}]
    for verdict in (Verdict.GAP, Verdict.BELOW, Verdict.ABOVE):
        found = [day.day for day in days if day.verdict == verdict]
        if found:
            parts.append(_("%(what)s on %(days)s") % {"what": VERDICTS[verdict], "days": _listed(found, len(found))})
    return _("; ").join(parts)


def manifest_text(one: Reconciled) -> str:
    told = {
        "number": one.number,
        "expected": grouped(one.expected),
        "found": grouped(one.found),
        "difference": grouped(abs(one.difference)),
    }
    if one.difference < 0:
        return _("manifest %(number)s: %(found)s of %(expected)s, %(difference)s missing") % told
    if one.difference:
        return _("manifest %(number)s: %(found)s of %(expected)s, %(difference)s too many") % told
    return _("manifest %(number)s: %(expected)s, met") % told


def line_title(code: str) -> str:
    return str(lines()[code].title) if code in lines() else code


def _silence(health: SourceHealth) -> Iterator[str]:
    rhythm = health.rhythm
    if rhythm is None or not rhythm.late:
        return
    if rhythm.rest_days:
        silent = ngettext("nothing for %(number)d day", "nothing for %(number)d days", rhythm.elapsed)
    else:
        silent = ngettext("nothing for %(number)d working day", "nothing for %(number)d working days", rhythm.elapsed)
    yield _("%(silent)s, %(usual)s") % {"silent": silent % {"number": rhythm.elapsed}, "usual": rhythm_text(health)}


def _gaps(health: SourceHealth) -> Iterator[str]:
    every = [day.day for day in health.days if day.verdict == Verdict.GAP]
    if every:
        yield _("no records of %(days)s") % {"days": _listed(every)}
    for line, days in health.line_days.items():
        missing = [day.day for day in days if day.verdict == Verdict.GAP and day.day not in every]
        if missing:
            yield _("%(line)s: no records of %(days)s") % {"line": line_title(line), "days": _listed(missing)}


def _unmet(manifests: Sequence[Reconciled]) -> Iterator[str]:
    yield from map(manifest_text, manifests[-FEW:])
    if len(manifests) > FEW:
        yield _("%(number)d more manifests are not met") % {"number": len(manifests) - FEW}


def _unusual(days: Sequence[Day]) -> Iterator[str]:
    for day in reversed(days[-RECENT_DAYS - 1 :]):
        told = {"day": day_text(day.day), "rows": grouped(day.rows), "usual": usual_text(day.usual)}
        if day.verdict == Verdict.BELOW:
            yield _("%(day)s: %(rows)s, fewer than the usual %(usual)s") % told
        elif day.verdict == Verdict.ABOVE:
            yield _("%(day)s: %(rows)s, more than the usual %(usual)s") % told


def _listed(days: Sequence[date], limit: int = FEW) -> str:
    """The newest days, and how many more there are."""
    shown = pgettext("list of days", ", ").join(day_text(day) for day in reversed(days[-limit:]))
    return shown if len(days) <= limit else _("%(days)s and %(number)d more days") % {"days": shown, "number": len(days) - limit}
