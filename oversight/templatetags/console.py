"""Template tags of the console: icons, level chips, status marks and the alert's chart."""

from functools import cache
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from oversight.center import charts
from oversight.center.presenters.times import Deadline

register = template.Library()

# A status is drawn as a circle that fills by quarters: progress, not danger.
STATUS_MARKS = {
    "pending": "s-0",
    "acknowledged": "s-1",
    "investigating": "s-2",
    "issued": "s-2",
    "dispatched": "s-3",
    "closed": "s-done",
    "dismissed": "s-out",
    "withdrawn": "s-out",
    "suspended": "s-pause",
    "recurred": "s-again",
}
DEADLINE_ICONS = {"normal": "clock", "soon": "hourglass", "overdue": "alert-triangle", "done": "check"}


@register.filter
def figure(number: Any) -> Any:
    """A number people read, in groups of three digits; what is no whole number stays as it is."""
    return f"{number:,}" if isinstance(number, int) else number


# A list draws the same few icons, marks and chips in every row: each is made once.


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """One of the vendored outline icons (names in scripts/vendor.mjs); always decoration, the word stands beside it."""
    return format_html('<svg class="mj-i" aria-hidden="true"><use href="{}#{}"/></svg>', static("vendor/icons/icons.svg"), name)


@register.simple_tag
@cache
def status_mark(status: str) -> SafeString:
    """The filling circle of an alert's `status` (an AlertStatus value); the hollow one for a status it does not know."""
    return format_html(
        '<svg class="mj-i mj-mark" aria-hidden="true"><use href="{}#{}"/></svg>',
        static("mingjing/marks.svg"),
        STATUS_MARKS.get(status, "s-0"),
    )


@register.simple_tag
def deadline_icon(state: str) -> SafeString:
    """Clock, hourglass, triangle or tick: the shape says how near the deadline is, so that colour stays with the level."""
    return icon(DEADLINE_ICONS.get(state, "clock"))


@register.simple_tag
def due(deadline: Deadline | None, none: str = "") -> SafeString:
    """A deadline as an icon, words and the exact time; `none` (or a dash) where there is none."""
    if deadline is None:
        return format_html('<span class="mj-dim">{}</span>', none or "–")
    exact = format_html(" <span>{}</span>", deadline.exact) if deadline.exact else ""
    shape = deadline_icon(deadline.state)
    return format_html('<span class="mj-due mj-due-{}">{}<b>{}</b>{}</span>', deadline.state, shape, deadline.text, exact)


@register.simple_tag
def level_chip(level: str, form: str = "short") -> SafeString:
    """The filled chip of an alert level ("red", "orange", "yellow", "blue"), with its word; form "full" adds the grade."""
    return _chip(level, form, get_language())


@cache
def _chip(level: str, form: str, language: str | None) -> SafeString:
    short = {"red": _("Red"), "orange": _("Orange"), "yellow": _("Yellow"), "blue": _("Blue")}
    full = {"red": _("Level I Red"), "orange": _("Level II Orange"), "yellow": _("Level III Yellow"), "blue": _("Level IV Blue")}
    words = full if form == "full" else short
    return format_html('<span class="mj-level mj-level-{}">{}</span>', level, words.get(level, level))


@register.inclusion_tag("center/_chart.html")
def alert_chart(chart: dict[str, Any]) -> dict[str, Any]:
    """The chart of an alert's evaluated window as SVG, with its numbers as a table behind it."""
    return {"chart": chart, "plot": charts.geometry(chart)}
