"""Alerts as rows of the alerts list: with their matter, and with a box to choose them."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from oversight.center.lists import AlertList, Wanted
from oversight.center.matters import Group, kin
from oversight.center.presenters import words
from oversight.center.presenters.rows import alert_row, alert_rows, ready_for_list, ready_for_rows
from oversight.center.presenters.subjects import Names
from oversight.viewer import Viewer
from risk.alerts.bulk import MOST
from risk.alerts.models import Alert

SHOWN = 8


def listed_rows(page: Sequence[Group], viewer: Viewer, wanted: Wanted) -> list[dict[str, Any]]:
    """What center/_row.html prints for the rows of a page: alert_row's, `picks`, and of a matter its other alerts."""
    found = {alert.pk: alert for alert in ready_for_list(viewer.alerts.filter(pk__in=[group.lead for group in page]))}
    others = {pk for group in page for pk in group.others[:MOST]}
    numbers = dict(viewer.alerts.filter(pk__in=others).values_list("pk", "number")) if others else {}
    there = [group for group in page if group.lead in found]
    rows = alert_rows([found[group.lead] for group in there], viewer, wanted.query)
    for row, group in zip(rows, there, strict=True):
        row |= _in_list(row["number"], [numbers[pk] for pk in group.others[:MOST] if pk in numbers], viewer, wanted.query)
    return rows


def listed_row(alert: Alert, viewer: Viewer, query: Mapping[str, str]) -> dict[str, Any]:
    """The row of one alert; `query` is the list it stands in, empty where it stands in none."""
    row = alert_row(alert, Names.of([alert]).subject(alert), viewer, query)
    if not query:
        return row
    listed = AlertList(viewer, Wanted.read(query, viewer))
    return row | _in_list(alert.number, numbers_of(listed, alert) if listed.by_matters else [], viewer, query)


def kin_rows(alert: Alert, viewer: Viewer, wanted: Wanted) -> list[dict[str, Any]]:
    """The rows of the other alerts of its matter, in the order of the list."""
    listed = AlertList(viewer, wanted)
    found = ready_for_list(listed.rows.filter(pk__in=kin(listed.alerts, alert)))[:MOST]
    return [row | _in_list(row["number"], [], viewer, wanted.query) | {"member": True} for row in alert_rows(found, viewer, wanted.query)]


def numbers_of(listed: AlertList, alert: Alert) -> list[str]:
    """The numbers of the other alerts of its matter, in the order of the list."""
    return list(listed.rows.filter(pk__in=kin(listed.alerts, alert)).values_list("number", flat=True)[:MOST])


def matter_of(alert: Alert, viewer: Viewer) -> dict[str, Any]:
    """What center/_matter.html prints: the other open alerts of the matter, gravest first, each with its address."""
    listed = AlertList(viewer, Wanted(tab="open"))
    found = ready_for_rows(listed.rows.filter(pk__in=kin(listed.alerts, alert)))[:MOST]
    rows = [row | {"level_label": words.LEVELS[row["level"]]} for row in alert_rows(found, viewer)]
    return {"first": rows[:SHOWN], "rest": rows[SHOWN:], "total": len(rows)}


def _in_list(number: str, others: Sequence[str], viewer: Viewer, query: Mapping[str, str]) -> dict[str, Any]:
    kin_url = f"{reverse('center:kin', args=[number])}?{urlencode(query)}" if others else None
    return {"picks": viewer.judges, "others": len(others), "members": " ".join(others), "kin_url": kin_url}
