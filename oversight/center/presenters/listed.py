"""Alerts as rows of the alerts list: with their matter, and with a box to choose them."""

from collections.abc import Mapping, Sequence
from typing import Any

from oversight.center.lists import AlertList, Wanted
from oversight.center.matters import Group, kin
from oversight.center.presenters import words
from oversight.center.presenters.rows import Addresses, alert_row, alert_rows, ready_for_list, ready_for_rows
from oversight.center.presenters.subjects import Names
from oversight.viewer import Viewer
from risk.alerts.bulk import MOST
from risk.alerts.models import Alert

SHOWN = 8


def listed_rows(page: Sequence[Group], viewer: Viewer, wanted: Wanted) -> list[dict[str, Any]]:
    """What center/_row.html prints for the rows of a page: alert_row's, `picks`, and of a matter its other alerts."""
    found = {alert.pk: alert for alert in ready_for_list(viewer.alerts.filter(pk__in=[group.lead for group in page]))}
    there = [group for group in page if group.lead in found]
    addresses = Addresses(viewer, wanted.query)
    rows = alert_rows([found[group.lead] for group in there], addresses)
    for row, group in zip(rows, there, strict=True):
        row |= _in_list(row["number"], group.others[:MOST], addresses)
    return rows


def listed_row(alert: Alert, viewer: Viewer, query: Mapping[str, str]) -> dict[str, Any]:
    """The row of one alert; `query` is the list it stands in, empty where it stands in none."""
    row = alert_row(alert, Names.of([alert]).subject(alert), viewer, query)
    if not query:
        return row
    listed = AlertList(viewer, Wanted.read(query, viewer))
    return row | _in_list(alert.number, kin(listed.rows, alert)[:MOST] if listed.by_matters else [], Addresses(viewer, query))


def kin_rows(alert: Alert, viewer: Viewer, wanted: Wanted) -> list[dict[str, Any]]:
    """The rows of the other alerts of its matter, in the order of the list."""
    listed = AlertList(viewer, wanted)
    found = ready_for_list(listed.rows.filter(number__in=kin(listed.rows, alert)))[:MOST]
    addresses = Addresses(viewer, wanted.query)
    return [row | _in_list(row["number"], [], addresses) | {"member": True} for row in alert_rows(found, addresses)]


def matter_of(alert: Alert, viewer: Viewer) -> dict[str, Any]:
    """What center/_matter.html prints: the other open alerts of the matter, gravest first, each with its address."""
    listed = AlertList(viewer, Wanted(tab="open"))
    found = ready_for_rows(listed.rows.filter(number__in=kin(listed.rows, alert)))[:MOST]
    rows = [row | {"level_label": words.LEVELS[row["level"]]} for row in alert_rows(found, Addresses(viewer))]
    return {"first": rows[:SHOWN], "rest": rows[SHOWN:], "total": len(rows)}


def _in_list(number: str, others: Sequence[str], addresses: Addresses) -> dict[str, Any]:
    kin_url = addresses.kin(number) if others else None
    return {"picks": addresses.viewer.judges, "others": len(others), "members": " ".join(others), "kin_url": kin_url}
