"""Alerts of one matter in a list: those of one subject and cause, and those about the same business, one leading from another.

A group is made from the alerts of the list alone, which holds only what its reader may see: a hidden alert neither counts in a group nor
joins two others. Lists by matters hold open alerts; what ended is a record of single ones.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from django.db import connection
from django.db.models import QuerySet

from ledger.journal.bulk import among
from oversight.center.models import RelatedAlerts
from risk.alerts.models import Alert
from risk.alerts.related import joined
from risk.rules.models import LEVELS

# What is read of an alert of a list to put it into its matter.
READ = ("pk", "matter_id", "level", "number")
Read = tuple[int, int, str, str]
RANKS = {level: rank for rank, level in enumerate(LEVELS)}
# Pairs of so many alerts are asked for by name; those of more as the piece of their index in which at least one of DENSE ids is listed.
NAMED_MOST = 500
DENSE = 8


class Group(NamedTuple):
    """One row of a list by matters: the gravest alert, which leads, and the numbers of the others in the order of the list."""

    lead: int
    others: tuple[str, ...]


def grouped(listed: Sequence[Read]) -> list[Group]:
    """The matters of a list given in its order, of which each stands where its gravest alert does (of equals the first)."""
    places: dict[int, list[int]] = {}
    for place, root in enumerate(_roots([one[:2] for one in listed])):
        places.setdefault(root, []).append(place)
    leads = {max(several, key=lambda place: RANKS[listed[place][2]]): several for several in places.values()}
    return [Group(listed[lead][0], tuple(listed[place][3] for place in leads[lead] if place != lead)) for lead in sorted(leads)]


def count(alerts: QuerySet[Alert]) -> int:
    """How many matters a list has, for which all its alerts are read."""
    return len(set(_roots(list(alerts.order_by().values_list("pk", "matter_id")))))


def _roots(listed: Sequence[tuple[int, int]]) -> list[int]:
    """For each alert, given with its matter, what stands for the matters that are joined with its own."""
    root_of = joined(listed, _pairs(sorted(pk for pk, _matter in listed)) if listed else ())
    return [root_of.get(matter, matter) for _pk, matter in listed]


def _pairs(listed: Sequence[int]) -> list[tuple[int, int]]:
    """The pairs that may join alerts, given by rising ids, at least one; also some of which an end is not listed.

    What is open was mostly raised lately, one after another: the pairs of such a run are read as one piece of their index, which takes a
    tenth of the time of asking for each alert. Only what is left of older ones is asked for by name.
    """
    run = _run(listed) if len(listed) > NAMED_MOST else len(listed)
    found = [among(RelatedAlerts.objects.all(), "first", listed[:run])] if run else []
    if run < len(listed):
        found.append(RelatedAlerts.objects.filter(first__gte=listed[run], first__lte=listed[-1]))
    return [pair for some in found for pair in some.values_list("first_id", "second_id")]


def _run(listed: Sequence[int]) -> int:
    """From which place on rising ids are dense: at least one of DENSE numbers up to the last is among them."""
    last, length = listed[-1], len(listed)
    return next(place for place, one in enumerate(listed) if last - one < DENSE * (length - place))


def holding(rows: QuerySet[Alert], alerts: Sequence[int]) -> list[Group]:
    """The matters of a list, given in its order, that hold some of its alerts."""
    return grouped(list(rows.filter(pk__in=near(alerts)).values_list(*READ))) if alerts else []


def kin(rows: QuerySet[Alert], alert: Alert) -> list[str]:
    """The numbers of the alerts of a list in the same matter as `alert`, which need not be in the list."""
    others = rows.filter(pk__in=near([alert.pk]) - {alert.pk}).values_list(*READ)
    listed = [(alert.pk, alert.matter_id, alert.level, alert.number), *others]
    first, *roots = _roots([one[:2] for one in listed])
    return [one[3] for one, root in zip(listed[1:], roots, strict=True) if root == first]


def near(alerts: Collection[int]) -> set[int]:
    """Some alerts, at least one, and the open ones that one is led to from them by matters and pairs; whatever list they stand in and
    whoever may see them, so that a list must still make its matters of those that are its own.

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
    statement = (
        f"WITH RECURSIVE near (id, matter_id) AS (SELECT id, matter_id FROM {alert} WHERE id IN ({', '.join(['%s'] * len(alerts))}) "
        f"UNION SELECT other.id, other.matter_id FROM near {step} AND other.{is_open}) SELECT id FROM near"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*alerts, *Alert.OPEN, *Alert.OPEN])
        return {pk for (pk,) in cursor.fetchall()}
