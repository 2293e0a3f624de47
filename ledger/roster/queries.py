"""Reads of the roster."""

from collections.abc import Collection, Iterable
from datetime import date

from django.db.models import Q, QuerySet

from ledger.roster.models import Posting, Staff, Unit


def unit_codes() -> set[str]:
    return set(Unit.objects.values_list("code", flat=True))


def known_units(codes: Collection[str]) -> set[str]:
    """Those of the codes that are on the roster."""
    return set(Unit.objects.filter(code__in=codes).values_list("code", flat=True)) if codes else set()


def units_led_by(staff_no: str) -> set[str]:
    """The codes of the units whose leader this is; none for an empty number."""
    return set(Unit.objects.filter(leader_no=staff_no).values_list("code", flat=True)) if staff_no else set()


def staff_numbers() -> set[str]:
    return set(Staff.objects.values_list("staff_no", flat=True))


def unit_codes_below(codes: Iterable[str]) -> set[str]:
    """The codes of the units and of all units below them in the business tree; codes of no unit are left out."""
    paths = list(Unit.objects.filter(code__in=set(codes)).values_list("path", flat=True))
    if not paths:
        return set()
    every = Unit.objects.values_list("path", "code")
    roots = set(paths)
    return {code for path, code in every if any(path[:end] in roots for end in range(Unit.steplen, len(path) + 1, Unit.steplen))}


def unit_codes_above(code: str) -> list[str]:
    """The unit itself and its business superiors, nearest first; empty for a code of no unit."""
    unit = Unit.objects.filter(code=code).first()
    if unit is None:
        return []
    paths = [unit.path[:end] for end in range(Unit.steplen, len(unit.path) + 1, Unit.steplen)]
    return list(Unit.objects.filter(path__in=paths).order_by("-depth").values_list("code", flat=True))


def unit_names() -> dict[str, str]:
    return dict(Unit.objects.values_list("code", "name"))


def staff_names(numbers: Iterable[str]) -> dict[str, str]:
    """Names by staff number; numbers of nobody on the roster are absent."""
    return dict(Staff.objects.filter(staff_no__in=set(numbers)).values_list("staff_no", "name"))


def postings_on(day: date, *, post_code: str, unit_code: str) -> QuerySet[Posting]:
    """Who held the post in the unit on that day."""
    return Posting.objects.filter(Q(end_date=None) | Q(end_date__gte=day), post_code=post_code, unit_code=unit_code, start_date__lte=day)


def held_on(day: date, numbers: Iterable[str]) -> QuerySet[Posting]:
    """The posts these staff members held on that day, the one begun first first."""
    unended = Q(end_date=None) | Q(end_date__gte=day)
    return Posting.objects.filter(unended, staff_no__in=set(numbers), start_date__lte=day).order_by("start_date", "id")


def staff_of_units(codes: Iterable[str]) -> QuerySet[Staff]:
    return Staff.objects.filter(unit_code__in=set(codes)).order_by("staff_no")
