"""What a filter of the alerts list offers: each value with how many alerts the list has that it leads to."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db.models import Count
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ledger.roster.models import Unit
from oversight.center.lists import AlertList, Wanted
from oversight.center.presenters import words
from oversight.viewer import Viewer
from risk.rules.models import RuleVersion

# The filters whose values are asked for when they are opened: too many to count them with every list. By which columns they are told apart.
ASKED = {
    "line": ("line",),
    "unit": ("unit__code", "unit__name"),
    "rule": ("rule__code", "rule_version__title_zh", "rule_version__title_en"),
}


def filters(listed: AlertList) -> dict[str, Any]:
    """What center/_filters.html prints: the levels with their figures, and every filter with the value that is set."""
    wanted = listed.wanted
    titles = {"line": _("Line"), "unit": _("Unit"), "rule": _("Risk point")}
    return {
        "levels": listed.levels(),
        "asked": [
            {"label": title, "chosen": _word(name, getattr(wanted, name)), "url": f"{wanted.url()}&fragment=options&of={name}"}
            for name, title in titles.items()
        ],
        "period": _period(wanted),
        "q": wanted.q,
        "sweep": wanted.sweep,
    }


def _period(wanted: Wanted) -> dict[str, Any]:
    known = {"": _("All"), "7": _("last 7 days"), "30": _("last 30 days")}
    return {
        "label": _("Period"),
        "chosen": known[wanted.period] if wanted.period else "",
        "options": [
            {"label": label, "url": wanted.url(period=value), "selected": value == wanted.period} for value, label in known.items()
        ],
    }


def options(viewer: Viewer, wanted: Wanted, name: str) -> list[dict[str, Any]]:
    """What center/_options.html prints of a filter of ASKED: the values found in the list that stands without it, the commonest first, and
    the one that is set. Each figure is that of the list the value leads to; `more`: at least so many."""
    chosen = getattr(wanted, name)
    without = replace(wanted, **{name: ""})
    listed = AlertList(viewer, without)
    found = _found(listed, name)
    if chosen and chosen not in found:
        found[chosen] = (_word(name, chosen), 0)
    return [
        {"label": _("All"), "count": None, "url": without.url(), "selected": not chosen},
        *(
            {
                "label": label,
                "count": listed.told(count),
                "more": listed.counted_out,
                "url": replace(wanted, **{name: value}).url(),
                "selected": value == chosen,
            }
            for value, (label, count) in sorted(found.items(), key=lambda one: (-one[1][1], one[0]))
        ),
    ]


def _found(listed: AlertList, name: str) -> dict[str, tuple[str, int]]:
    """By value its words and how many alerts have it."""
    alerts = listed.figured.filter(level=listed.wanted.level) if listed.wanted.level else listed.figured
    found: dict[str, tuple[str, int]] = {}
    for value, *named, number in alerts.order_by().values_list(*ASKED[name]).annotate(number=Count("id")):
        if value:
            found[value] = (_named(name, value, named), found.get(value, ("", 0))[1] + number)
    return found


def _named(name: str, value: str, named: Sequence[str]) -> str:
    if name == "line":
        return words.line_title(value)
    return named[-1] if (get_language() or "").startswith("en") else named[0]


def _word(name: str, value: str) -> str:
    """The words for a value that is set, whether or not an alert has it; the value itself where nothing is known of it."""
    if not value or name == "line":
        return words.line_title(value) if value else ""
    if name == "unit":
        known: Any = Unit.objects.filter(code=value).values_list("name").first()
    else:
        known = RuleVersion.objects.filter(rule__code=value).order_by("-pk").values_list("title_zh", "title_en").first()
    return _named(name, value, known) if known else value
