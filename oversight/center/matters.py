"""Alerts of one matter in a list: those of one subject and cause, and those about the same business, one leading from another.

A group is made from the alerts of the list alone, which holds only what its reader may see: a hidden alert neither counts in a group nor
joins two others.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from oversight.center.models import RelatedAlerts
from risk.alerts.models import Alert

MOST_KIN = 200


@dataclass(frozen=True)
class Group:
    """One row of a list by matters: the gravest alert, which leads, and the others in the order of the list."""

    lead: int
    others: tuple[int, ...]


def groups(rows: QuerySet[Alert]) -> list[Group]:
    """The matters of a list in its order: each stands where its gravest alert does (of equals the first)."""
    listed = list(rows.values_list("pk", "matter_id", "level_rank"))
    # One end that is open says enough: a pair whose other end is not listed joins nothing.
    open_pairs = RelatedAlerts.objects.filter(first__status__in=Alert.OPEN)
    pairs = open_pairs.values_list("first_id", "second_id") if listed else ()
    root = _joined([(pk, matter) for pk, matter, _rank in listed], pairs)
    members: dict[int, list[tuple[int, int]]] = {}
    for pk, _matter, rank in listed:
        members.setdefault(root[pk], []).append((pk, rank))
    leads = {max(found, key=lambda one: one[1])[0]: found for found in members.values()}
    return [Group(pk, tuple(other for other, _rank in leads[pk] if other != pk)) for pk, _matter, _rank in listed if pk in leads]


def kin(rows: QuerySet[Alert], alert: Alert) -> list[int]:
    """The ids of the alerts of a list in the same matter as `alert`, without it; at most about MOST_KIN."""
    found, edge = {alert.pk}, {alert.pk}
    matters = {alert.matter_id}
    while edge and len(found) < MOST_KIN:
        pairs = RelatedAlerts.objects.filter(Q(first__in=edge) | Q(second__in=edge)).values_list("first_id", "second_id")
        related = {one for pair in pairs for one in pair} - found
        near = rows.order_by().filter(Q(matter__in=matters) | Q(pk__in=related)).exclude(pk__in=found)
        reached = dict(near.values_list("pk", "matter_id"))
        edge, matters = set(reached), set(reached.values())
        found |= edge
    return sorted(found - {alert.pk})


def _joined(listed: Iterable[tuple[int, int]], pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    """For each alert, given with its matter, one alert that stands for its group; pairs with an alert that is not listed join nothing."""
    parent: dict[int, int] = {}

    def find(one: int) -> int:
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    first_of: dict[int, int] = {}
    for pk, matter in listed:
        parent[pk] = first_of.setdefault(matter, pk)
    for one, other in pairs:
        if one in parent and other in parent:
            parent[find(one)] = find(other)
    return {pk: find(pk) for pk in parent}
