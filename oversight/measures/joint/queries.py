"""Joint points as they stand, and who would answer along with somebody."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet, Sum

from ledger.roster.models import Staff, Unit
from oversight.measures.joint.models import Direction, JointPoints, JointWeights, Part

SHIPPED_SHARES = {"auxiliary": {"officer": 30, "squad": 15, "brigade": 5}, "officer": {"squad": 20, "chief": 10}}
SHIPPED_CAPS = {"deduction": 10, "reward": 5}


@dataclass(frozen=True)
class Answers:
    """Somebody who answers along, and as what."""

    part: Part
    staff: Staff


def answering(staff_no: str, unit: Unit | None, *, auxiliary: bool) -> list[Answers]:
    """Who answers along with a person who was in `unit`, by the roster as it is: never themselves, nobody for a post nobody holds."""
    squad, brigade = _above(unit)
    wanted: list[tuple[Part, str]]
    if auxiliary:
        officer = Staff.objects.filter(staff_no=staff_no).values_list("responsible_no", flat=True).first() or ""
        wanted = [(Part.OFFICER, officer), (Part.SQUAD, squad), (Part.BRIGADE, brigade)]
    else:
        wanted = [(Part.SQUAD, squad), (Part.CHIEF, brigade)]
    known = {one.staff_no: one for one in Staff.objects.filter(staff_no__in=[number for _part, number in wanted if number])}
    return [Answers(part, known[number]) for part, number in wanted if number in known and number != staff_no]


def _above(unit: Unit | None) -> tuple[str, str]:
    """The staff numbers of the leaders of the squad or window, and of the brigade, to which a unit belongs."""
    squad = brigade = ""
    if unit is not None:
        for one in [unit, *Unit.objects.get_ancestors(unit).order_by("-depth")]:
            if one.kind in (Unit.Kind.SQUAD, Unit.Kind.WINDOW):
                squad = squad or one.leader_no
            elif one.kind in (Unit.Kind.BRIGADE, Unit.Kind.DEPARTMENT):
                brigade = brigade or one.leader_no
    return squad, brigade


def current_weights() -> JointWeights | None:
    return JointWeights.objects.filter(state=JointWeights.State.PUBLISHED).order_by("-number").first()


def caps_in_force() -> dict[str, int]:
    """At most so many points a person and year, by direction."""
    current = current_weights()
    caps: dict[str, int] = current.caps if current else SHIPPED_CAPS
    return caps


def draft_weights() -> JointWeights | None:
    return JointWeights.objects.filter(state=JointWeights.State.DRAFT).select_related("drafted_by").first()


def counted(staff_no: str, *, table: str, direction: Direction, year: int) -> Decimal:
    """The points that count for a person in a calendar year."""
    rows = JointPoints.objects.filter(
        staff_no=staff_no,
        table=table,
        direction=direction,
        state=JointPoints.State.COUNTED,
        on__range=(date(year, 1, 1), date(year, 12, 31)),
    )
    return rows.aggregate(sum=Sum("points"))["sum"] or Decimal(0)


def points_of(source: str) -> QuerySet[JointPoints]:
    return JointPoints.objects.filter(source=source).order_by("id")
