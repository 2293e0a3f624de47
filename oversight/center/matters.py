"""Alerts of one matter in a list: those of one subject and cause, and those about the same business, one leading from another.

A group is made from the alerts of the list alone, which holds only what its reader may see: a hidden alert neither counts in a group nor
joins two others. Lists by matters hold open alerts; what ended is a record of single ones.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from ledger.journal.bulk import among
from oversight.center.models import RelatedAlerts
from risk.alerts.models import Alert
from risk.alerts.related import Pair, joined
from risk.rules.models import LEVELS

# What is read of an alert of a list to put it into its matter.
READ = ("pk", "matter_id", "level", "number")
Read = tuple[int, int, str, str]
RANKS = {level: rank for rank, level in enumerate(LEVELS)}
DENSE = 8


class Group(NamedTuple):
    """One row of a list by matters: the gravest alert, which leads, and the numbers of the others in the order of the list."""

    lead: int
    others: tuple[str, ...]


def grouped(listed: Sequence[Read], pairs: Iterable[Pair]) -> list[Group]:
    """The matters of a list given in its order, of which each stands where its gravest alert does (of equals the first)."""
    places: dict[int, list[int]] = {}
    for place, root in enumerate(_roots([one[:2] for one in listed], pairs)):
        places.setdefault(root, []).append(place)
    leads = {max(several, key=lambda place: RANKS[listed[place][2]]): several for several in places.values()}
    return [Group(listed[lead][0], tuple(listed[place][3] for place in leads[lead] if place != lead)) for lead in sorted(leads)]


def begun_by(rows: QuerySet[Alert], some: QuerySet[Alert]) -> tuple[list[Group], int]:
    """The matters of a list, given in its order, that are led by one of some of its alerts; and how many these are."""
    found = near(some)
    listed = rows.filter(pk__in=found.alerts).values_list(*READ) if found.alerts else ()
    return [group for group in grouped(list(listed), found.pairs) if group.lead in found.begun], len(found.begun)


def kin(rows: QuerySet[Alert], alert: Alert) -> list[str]:
    """The numbers of the alerts of a list in the same matter as `alert`, which need not be in the list."""
    found = near(Alert.objects.filter(pk=alert.pk))
    others = rows.filter(pk__in=found.alerts - {alert.pk}).values_list(*READ)
    listed = [(alert.pk, alert.matter_id, alert.level, alert.number), *others]
    first, *roots = _roots([one[:2] for one in listed], found.pairs)
    return [one[3] for one, root in zip(listed[1:], roots, strict=True) if root == first]


class Near(NamedTuple):
    """Alerts with those they lead to. `begun`: those that were asked about; `pairs`: all that join two of them, and others."""

    begun: set[int]
    alerts: set[int]
    pairs: list[Pair]


def near(some: QuerySet[Alert]) -> Near:
    """Some alerts and the open ones that one is led to from them by matters and pairs; whatever list they stand in and whoever may see
    them, so that a list must still make its matters of those that are its own.

    One question of the database, however far it leads: what leads on from each is found in indexes, and a list of thousands costs no more
    than its page.
    """
    alert, related = (connection.ops.quote_name(model._meta.db_table) for model in (Alert, RelatedAlerts))
    is_open = f"status IN ({', '.join(['%s'] * len(Alert.OPEN))})"
    linked = (
        f"SELECT id FROM {alert} WHERE matter_id = near.matter_id AND {is_open} "
        f"UNION ALL SELECT second_id FROM {related} WHERE first_id = near.id "
        f"UNION ALL SELECT first_id FROM {related} WHERE second_id = near.id"
    )
    # Each database finds what is linked in its indexes in one of two ways of saying the same, and reads whole tables in the other.
    if connection.vendor == "sqlite":
        step = f"JOIN {alert} other ON other.id IN ({linked})"
    else:
        step = f"CROSS JOIN LATERAL ({linked}) linked JOIN {alert} other ON other.id = linked.id"
    try:
        begin, given = some.values("pk").query.sql_with_params()
    except EmptyResultSet:
        return Near(set(), set(), [])
    statement = (
        f"WITH RECURSIVE begun (id) AS ({begin}), "
        f"near (id, matter_id) AS (SELECT id, matter_id FROM {alert} WHERE id IN (SELECT id FROM begun) "
        f"UNION SELECT other.id, other.matter_id FROM near {step} AND other.{is_open}) "
        f"SELECT near.id, near.id IN (SELECT id FROM begun), pair.second_id FROM near LEFT JOIN {related} pair ON pair.first_id = near.id"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*given, *Alert.OPEN, *Alert.OPEN])
        found = cursor.fetchall()
    pairs = [(first, second) for first, _begun, second in found if second is not None]
    return Near({pk for pk, begun, _second in found if begun}, {pk for pk, *_rest in found}, pairs)


def count(alerts: QuerySet[Alert]) -> int:
    """How many matters a list has, for which all its alerts are read."""
    listed = list(alerts.order_by().values_list("pk", "matter_id"))
    return len(set(_roots(listed, _pairs(sorted(pk for pk, _matter in listed)) if listed else ())))


def _roots(listed: Sequence[tuple[int, int]], pairs: Iterable[Pair]) -> list[int]:
    """For each alert, given with its matter, what stands for the matters that are joined with its own."""
    root_of = joined(listed, pairs)
    return [root_of.get(matter, matter) for _pk, matter in listed]


def _pairs(listed: Sequence[int]) -> list[Pair]:
    """The pairs that may join alerts, given by rising ids, at least one; also some of which an end is not listed.

    What is open was mostly raised lately, one after another: the pairs of such a run are read as one piece of their index, which takes a
    tenth of the time of asking for each alert. Only what is left of older ones is asked for by name.
    """
    run = _run(listed)
    found = [RelatedAlerts.objects.filter(first__gte=listed[run], first__lte=listed[-1])]
    if run:
        found.append(among(RelatedAlerts.objects.all(), "first", listed[:run]))
    return [pair for some in found for pair in some.values_list("first_id", "second_id")]


def _run(listed: Sequence[int]) -> int:
    """From which place on rising ids are dense: at least one of DENSE numbers up to the last is among them."""
    last, length = listed[-1], len(listed)
    return next(place for place, one in enumerate(listed) if last - one < DENSE * (length - place))
