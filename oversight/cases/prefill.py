"""双联办双交办, prefilled: which units take part in a case over some alerts, and who of them may not know about whom it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from ledger.roster.models import Unit
from oversight.cases.models import Layer, Party
from oversight.cases.policy.models import LineDepartment
from risk.alerts.models import Alert, Recused
from risk.alerts.recusal import OPTIONAL, switched_off

Part = Party.Part
LAYERS: dict[str, Layer] = {
    Part.LEAD: Layer.UNIT,
    Part.SUPERIOR: Layer.UNIT,
    Part.DEPARTMENT: Layer.DEPARTMENT,
    Part.DISCIPLINE: Layer.DISCIPLINE,
    Part.LEGAL: Layer.DEPARTMENT,
}


@dataclass(frozen=True)
class Place:
    """A unit as the choice of parties sees it. `admin`: the code of its administrative superior, empty where it has none."""

    code: str
    kind: str
    path: str
    leader: str
    admin: str = ""


@dataclass(frozen=True)
class Wanted:
    """A unit that is to take part. `code` is empty where nobody can be prefilled and a person must choose.

    `moved`: it stands one level or more above the unit of the event, because that one's leader is recused.
    """

    part: str
    code: str
    redacted: bool = False
    moved: bool = False


@dataclass(frozen=True)
class Recusals:
    """Who may not know: `barred` stand behind the subject themselves; `related` only by a relation that can be switched off."""

    barred: frozenset[str]
    related: frozenset[str]


def choose(*, unit: str, places: Mapping[str, Place], department: str, recusals: Recusals) -> list[Wanted]:
    """The four parties for an event in the unit with that code; pure. `department`: the code of the line's, empty where none is named.

    The lead unit is that of the event; one whose leader is barred gives way to its superior, and at the top to the discipline
    inspection. One whose leader is related stays and is redacted. The administrative superior stands beside the business one where it is
    another unit.
    """
    ladder = _ladder(places[unit], places)
    fit = [place for place in ladder if place.leader not in recusals.barred]
    discipline = _nearest(ladder[0], [place for place in places.values() if place.kind == Unit.Kind.DISCIPLINE])
    if not fit:
        return [Wanted(Part.LEAD, discipline, moved=True), Wanted(Part.SUPERIOR, ""), Wanted(Part.DEPARTMENT, department)] + [
            Wanted(Part.DISCIPLINE, discipline)
        ]
    lead = fit[0]
    above = [place for place in fit if place.code != lead.code]
    found = [Wanted(Part.LEAD, lead.code, moved=lead.code != unit)]
    found.append(Wanted(Part.SUPERIOR, above[0].code if above else ""))
    admin = places.get(lead.admin)
    if admin is not None and admin.leader not in recusals.barred and admin.code not in {one.code for one in found}:
        found.append(Wanted(Part.SUPERIOR, admin.code))
    found += [Wanted(Part.DEPARTMENT, department), Wanted(Part.DISCIPLINE, discipline)]
    return [replace(one, redacted=bool(one.code) and places[one.code].leader in recusals.related) for one in found]


def _ladder(place: Place, places: Mapping[str, Place]) -> list[Place]:
    """The place itself and its business superiors, nearest first."""
    found = [one for one in places.values() if place.path.startswith(one.path)]
    return sorted(found, key=lambda one: -len(one.path))


def _nearest(place: Place, among: Sequence[Place]) -> str:
    """The code of the one that shares most of the tree with the place; empty where there is none."""

    def shared(one: Place) -> int:
        step = Unit.steplen
        return sum(1 for end in range(step, len(place.path) + 1, step) if one.path[:end] == place.path[:end])

    return max(among, key=lambda one: (shared(one), one.code)).code if among else ""


def prefilled(alerts: Sequence[Alert], unit: Unit) -> list[Wanted]:
    """The parties for these alerts, the gravest of which happened in `unit`; three queries."""
    department = LineDepartment.objects.filter(line=alerts[0].line).values_list("unit__code", flat=True).first() or ""
    return choose(unit=unit.code, places=all_places(), department=department, recusals=recusals_of(alerts))


def all_places() -> dict[str, Place]:
    rows = Unit.objects.values_list("code", "kind", "path", "leader_no", "admin_superior__code")
    return {code: Place(code, kind, path, leader, admin or "") for code, kind, path, leader, admin in rows}


def recusals_of(alerts: Iterable[Alert]) -> Recusals:
    """Who is recused from any of the alerts today."""
    rows = list(
        Recused.objects.filter(alert__in=list(alerts)).exclude(reason__in=switched_off()).values_list("staff_no", "reason").distinct()
    )
    barred = frozenset(number for number, reason in rows if reason not in OPTIONAL)
    return Recusals(barred, frozenset(number for number, _reason in rows) - barred)


def usual_duty(part: str) -> str:
    """What a party is asked for unless the dispatcher says otherwise; kept with the party in the words of who dispatched."""
    return {
        Part.LEAD.value: _("Establish the facts, rectify, and report by the deadline"),
        Part.SUPERIOR.value: _("Direct the lead unit, examine its report and answer for it"),
        Part.DEPARTMENT.value: _("Guide the business side, check the rectification and mend the rules"),
        Part.DISCIPLINE.value: _("Watch over the handling and check for breaches of discipline"),
    }[part]
