"""Alerts of one matter in a list: those of one subject and cause, and those about the same business, one leading from another.

A group is made from the alerts of the list alone, which holds only what its reader may see: a hidden alert neither counts in a group nor
joins two others.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Q, QuerySet

from ledger.journal.bulk import among
from oversight.center.models import RelatedAlerts
from risk.alerts.models import Alert
from risk.rules.models import LEVELS

MOST_KIN = 200
RANKS = {level: rank for rank, level in enumerate(LEVELS)}


class Group(NamedTuple):
    """One row of a list by matters: the gravest alert, which leads, and the others in the order of the list."""

    lead: int
    others: tuple[int, ...]


@dataclass(frozen=True)
class Matters:
    """The matters of a list in its order, by the alerts that lead them; `members` of those with more than one alert."""

    leads: Sequence[int]
    members: Mapping[int, Sequence[int]]

    def __len__(self) -> int:
        return len(self.leads)

    def __iter__(self) -> Iterator[Group]:
        return map(self.led_by, self.leads)

    def led_by(self, lead: int) -> Group:
        return Group(lead, tuple(pk for pk in self.members.get(lead, ()) if pk != lead))


def matters(listed: Sequence[tuple[int, int, str]]) -> Matters:
    """The matters of a list, of which every alert is given with its matter and level in the order of the list: each stands where its
    gravest alert does (of equals the first)."""
    # A pair with an end that is not listed joins nothing, so that it is enough to look for one of them.
    pairs = among(RelatedAlerts.objects.all(), "first", [pk for pk, _matter, _level in listed]) if listed else RelatedAlerts.objects.none()
    roots = _joined([(pk, matter) for pk, matter, _level in listed], pairs.values_list("first_id", "second_id"))
    leads: dict[int, int] = {}
    several: dict[int, list[int]] = {}
    for pk, root in roots.items():
        first = leads.setdefault(root, pk)
        if first != pk:
            several.setdefault(root, [first]).append(pk)
    levels = {pk: level for pk, _matter, level in listed} if several else {}
    for root, members in several.items():
        leads[root] = max(members, key=lambda pk: RANKS[levels[pk]])
    return Matters([pk for pk, root in roots.items() if leads[root] == pk], {leads[root]: members for root, members in several.items()})


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
    """For each alert, given with its matter, one matter that stands for its group; pairs with an alert that is not listed join nothing."""
    matter_of = dict(listed)
    parent: dict[int, int] = {}

    def find(one: int) -> int:
        while one in parent:
            one = parent[one]
        return one

    for one, other in pairs:
        if one in matter_of and other in matter_of:
            joined, stays = find(matter_of[one]), find(matter_of[other])
            if joined != stays:
                parent[joined] = stays
    roots = {matter: find(matter) for matter in parent}
    return {pk: roots.get(matter, matter) for pk, matter in matter_of.items()}
