"""Alerts of one matter in a list: those of one subject and cause, and those about the same business, one leading from another.

A group is made from the alerts of the list alone, which holds only what its reader may see: a hidden alert neither counts in a group nor
joins two others.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from ledger.journal.bulk import among
from oversight.center.models import RelatedAlerts
from risk.alerts.models import Alert
from risk.alerts.related import joined
from risk.rules.models import LEVELS

MOST_KIN = 200
DENSE = 8
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


def matters(listed: Sequence[tuple[Any, ...]]) -> Matters:
    """The matters of a list, of which every alert is given with its matter and level, and anything else, in the order of the list: each
    stands where its gravest alert does (of equals the first)."""
    if not listed:
        return Matters((), {})
    numbers, matters_of, levels, *_rest = zip(*listed, strict=True)
    root_of = joined(zip(numbers, matters_of, strict=True), _pairs(sorted(numbers)))
    roots = [root_of.get(matter, matter) for matter in matters_of] if root_of else matters_of
    # Of a root that comes again the last to be written stays: the first place of each.
    first = dict(zip(reversed(roots), range(len(roots) - 1, -1, -1), strict=True))
    several: dict[int, list[int]] = {}
    if len(first) < len(roots):
        for place, root in enumerate(roots):
            if first[root] != place:
                several.setdefault(root, [first[root]]).append(place)
    leads = first | {root: max(members, key=lambda place: RANKS[levels[place]]) for root, members in several.items()}
    return Matters(
        [numbers[place] for place in sorted(leads.values())],
        {numbers[leads[root]]: [numbers[place] for place in members] for root, members in several.items()},
    )


def _pairs(listed: Sequence[int]) -> list[tuple[int, int]]:
    """The pairs that may join alerts of a list, given by rising ids, at least one; also some of which an end is not listed.

    What is open was mostly raised lately, one after another: the pairs of such a run are read as one piece of their index, which takes a
    tenth of the time of asking for each alert. Only what is left of older ones is asked for by name.
    """
    run = _run(listed)
    found = RelatedAlerts.objects.filter(first__gte=listed[run], first__lte=listed[-1]).values_list("first_id", "second_id")
    older = among(RelatedAlerts.objects.all(), "first", listed[:run]).values_list("first_id", "second_id") if run else ()
    return [*found, *older]


def _run(listed: Sequence[int]) -> int:
    """From which place on rising ids are dense: at least one of DENSE numbers up to the last is among them."""
    last, count = listed[-1], len(listed)
    return next(place for place, one in enumerate(listed) if last - one < DENSE * (count - place))


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
