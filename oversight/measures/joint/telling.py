"""The pages of joint points, what the bell says of them, and their lines on the workbench."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.kit.masking import mask_staff_no
from ledger.roster.models import Staff
from oversight.access import opens
from oversight.center.requests import Line, line
from oversight.duty.bell import Told
from oversight.measures.accountability.kind import KIND as ACCOUNTABILITY
from oversight.measures.joint.borne import Wanted, of_people, of_year, own_points, sums, visible_points, years_of
from oversight.measures.joint.models import Direction, JointPoints
from oversight.measures.joint.presenting import TABLES, current_lines
from oversight.measures.joint.queries import caps_in_force
from oversight.measures.queries import visible_measures
from oversight.viewer import Viewer

PAGE = 50
RECENT = timedelta(days=30)
NOTHING = Decimal("0.00")
MARKS = {"counted": "dispatched", "exempted": "dismissed", "withdrawn": "withdrawn"}
OWN, REGISTER, WEIGHTS = "measures:joint-mine", "measures:joint-points", "measures:joint"


def own_context(viewer: Viewer, wanted: Wanted) -> dict[str, Any]:
    """What measures/joint_mine.html prints: the person's own points of a year with their running totals, the newest first."""
    mine = own_points(viewer.user)
    found = list(of_year(mine, wanted.year).select_related("weights", "case").order_by("on", "id"))
    told, running, seen = _Told.of(found, viewer), dict[tuple[str, str], Decimal](), []
    for row in found:
        key = (row.direction, row.table)
        counts = row.points if row.state == row.State.COUNTED else NOTHING
        running[key] = running.get(key, NOTHING) + counts
        seen.append(told.row(row) | {"running": running[key]})
    return {
        "switch": switch(viewer, OWN),
        "years": _years(mine, wanted, OWN),
        "year": wanted.year,
        "totals": _totals(of_year(mine, wanted.year)),
        "rows": seen[::-1],
        "weights": current_lines(),
    }


def register_context(viewer: Viewer, wanted: Wanted) -> dict[str, Any]:
    """What measures/joint_points.html prints: those who bear points of a year with their sums, and the rows these are the sums of."""
    seen = visible_points(viewer.user, viewer.grants)
    found = of_year(seen, wanted.year)
    people = of_people(found)
    chosen = found.filter(staff_no=wanted.person) if wanted.person else found
    page = chosen.filter(id__lt=wanted.before) if wanted.before else chosen
    rows = list(page.select_related("weights", "case").order_by("-id")[: PAGE + 1])
    told, here = _Told.of(rows[:PAGE], viewer), reverse(REGISTER)
    query = f"year={wanted.year}" + (f"&person={wanted.person}" if wanted.person else "")
    return {
        "switch": switch(viewer, REGISTER),
        "years": _years(seen, wanted, REGISTER),
        "year": wanted.year,
        "people": [
            {
                "name": f"{one['name']} {mask_staff_no(one['staff_no'])}",
                "direction": Direction(one["direction"]).label,
                "rows": one["rows"],
                "sum": one["sum"],
                "url": f"{here}?year={wanted.year}&person={one['staff_no']}",
                "active": one["staff_no"] == wanted.person,
            }
            for one in people
        ],
        "totals": _totals(chosen),
        "total": chosen.count(),
        "rows": [told.row(row) for row in rows[:PAGE]],
        "all_url": f"{here}?year={wanted.year}" if wanted.person else "",
        "next_url": f"{here}?{query}&before={rows[PAGE - 1].pk}" if len(rows) > PAGE else "",
    }


def history_of(staff_no: str, viewer: Viewer) -> list[dict[str, Any]]:
    """What somebody bears of others, as far as this person may see what it flowed from; the newest first."""
    found = list(visible_points(viewer.user, viewer.grants).filter(staff_no=staff_no).select_related("weights", "case").order_by("-id"))
    told = _Told.of(found, viewer)
    return [told.row(row) for row in found]


def switch(viewer: Viewer, here: str) -> list[dict[str, Any]]:
    """Own points, the register and the weights beside each other, as far as they are open."""
    pages = ((OWN, _("My joint points")), (REGISTER, _("Register of joint points")), (WEIGHTS, _("Joint weights")))
    return [{"label": label, "url": reverse(name), "active": name == here} for name, label in pages if opens(name, viewer.roles)]


def _years(found: QuerySet[JointPoints], wanted: Wanted, page: str) -> list[dict[str, Any]]:
    return [{"text": f"{year}", "url": f"{reverse(page)}?year={year}", "current": year == wanted.year} for year in years_of(found)]


def _totals(found: QuerySet[JointPoints]) -> list[dict[str, Any]]:
    """What counts by table of weights, beside the cap of a person and year."""
    caps = caps_in_force()
    return [
        {"label": TABLES[one["table"]], "direction": Direction(one["direction"]).label, "sum": one["sum"], "cap": caps[one["direction"]]}
        for one in sums(found)
    ]


class _Told:
    """Rows in words: of whom, and a link to what they flow from, for who sees it. Of a sealed case nobody else is told whom it is about."""

    def __init__(self, names: Mapping[str, str], open_: frozenset[str], viewer: Viewer) -> None:
        self.names, self.open, self.linked = names, open_, opens("measures:accountability-one", viewer.roles)

    @classmethod
    def of(cls, rows: Iterable[JointPoints], viewer: Viewer) -> "_Told":
        rows = list(rows)
        names = Staff.objects.filter(staff_no__in={row.of_staff_no for row in rows}).values_list("staff_no", "name")
        sources = {row.source for row in rows}
        seen = visible_measures(ACCOUNTABILITY, viewer.user, viewer.grants).filter(number__in=sources) if sources else ()
        return cls(dict(names), frozenset(one.number for one in seen if not one.redacted), viewer)

    def row(self, one: JointPoints) -> dict[str, Any]:
        seen = one.source in self.open
        hidden = not seen and one.case is not None and one.case.sealed
        return {
            "on": f"{one.on}",
            "source": one.source,
            "url": reverse("measures:accountability-one", args=[one.source]) if seen and self.linked else "",
            "of": _("sealed") if hidden else f"{self.names.get(one.of_staff_no, '')} {mask_staff_no(one.of_staff_no)}".strip(),
            "bearer": f"{one.name} {mask_staff_no(one.staff_no)}",
            "part": one.get_part_display(),
            "direction": one.get_direction_display(),
            "weight": _("version %(number)d: %(table)s → %(part)s %(share)d%%")
            % {"number": one.weights.number, "table": TABLES[one.table], "part": one.get_part_display(), "share": one.share},
            "formula": one.formula,
            "points": one.points,
            "counts": one.state == one.State.COUNTED,
            "state": one.get_state_display(),
            "mark": MARKS[one.state],
        }


def points_credited(viewer: Viewer) -> QuerySet[JointPoints]:
    """What flowed to this person and still counts; the bell asks for it by when it was written down."""
    return own_points(viewer.user).filter(state=JointPoints.State.COUNTED)


def credited_words(one: JointPoints, viewer: Viewer) -> Told:
    told = {"points": f"{one.points}", "direction": one.get_direction_display()}
    return {"text": _("Joint points reach you: %(direction)s %(points)s") % told, "detail": _about(one), "url": _own_url(one)}


def credited_recently(viewer: Viewer) -> QuerySet[JointPoints]:
    """The same of the last days, for the tab 抄送我; the newest first."""
    return points_credited(viewer).filter(credited_at__gte=timezone.now() - RECENT).order_by("-id")


def credited_lines(found: QuerySet[JointPoints]) -> list[Line]:
    return [
        line(
            _("Joint responsibility"),
            _about(one),
            "",
            one.credited_at,
            mark=MARKS[one.state],
            label=f"{one.get_direction_display()} {one.points}",
            url=_own_url(one),
        )
        for one in found
    ]


def _about(one: JointPoints) -> str:
    return f"{one.source} {one.get_part_display()} {one.formula}"


def _own_url(one: JointPoints) -> str:
    return f"{reverse(OWN)}?year={one.on.year}"
