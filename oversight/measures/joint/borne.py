"""联带分值 as rows: those a person bears themselves, and those a leader or inspector may see because they see what they flow from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from ledger.kit.days import today
from ledger.roster.accounts import RoleGrant, User
from oversight.cases.visibility import openly_visible_cases
from oversight.measures.accountability.kind import KIND as ACCOUNTABILITY
from oversight.measures.joint.models import JointPoints
from oversight.measures.queries import visible_measures

CENT = Decimal("0.01")
COUNTED = Q(state=JointPoints.State.COUNTED)


def own_points(user: User) -> QuerySet[JointPoints]:
    """What flowed to this person, from wherever: their own page needs no sight of the case."""
    return JointPoints.objects.filter(staff_no=user.staff_no) if user.staff_no else JointPoints.objects.none()


def visible_points(user: User, grants: list[RoleGrant] | None = None) -> QuerySet[JointPoints]:
    """What flowed from the measures a person sees, in cases they see."""
    measures = visible_measures(ACCOUNTABILITY, user, grants)
    return JointPoints.objects.filter(source__in=measures.values("number"), case__in=openly_visible_cases(user, grants).values("pk"))


@dataclass(frozen=True)
class Wanted:
    """What the address of a list asks for: a calendar year, a person by staff number (or nobody in particular), rows before an id."""

    year: int
    person: str = ""
    before: int = 0

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "Wanted":
        year, before = given.get("year", ""), given.get("before", "")
        return cls(
            year=int(year) if year.isascii() and year.isdigit() and 2000 <= int(year[:5]) <= 2100 else today().year,
            person=given.get("person", "")[:40],
            before=int(before) if before.isascii() and before.isdigit() and len(before) < 19 else 0,
        )


def of_year(found: QuerySet[JointPoints], year: int) -> QuerySet[JointPoints]:
    return found.filter(on__range=(date(year, 1, 1), date(year, 12, 31)))


def years_of(found: QuerySet[JointPoints]) -> list[int]:
    """The calendar years there are rows of, and the present one; the newest first."""
    return sorted({day.year for day in found.dates("on", "year")} | {today().year}, reverse=True)


def sums(found: QuerySet[JointPoints]) -> list[dict[str, Any]]:
    """What counts by direction and table of weights: [{direction, table, sum}]."""
    summed = found.filter(COUNTED).order_by().values("direction", "table").annotate(sum=Sum("points"))
    return [row | {"sum": row["sum"].quantize(CENT)} for row in summed.order_by("direction", "table")]


def of_people(found: QuerySet[JointPoints]) -> list[dict[str, Any]]:
    """[{staff_no, name, direction, rows, sum}] of each who bears any of them, the most first. `rows` counts all, `sum` what counts."""
    summed = Coalesce(Sum("points", filter=COUNTED), Decimal(0))
    people = found.order_by().values("staff_no", "direction").annotate(rows=Count("pk"), sum=summed, name=Max("name"))
    return [row | {"sum": row["sum"].quantize(CENT)} for row in people.order_by("direction", "-sum", "staff_no")]
