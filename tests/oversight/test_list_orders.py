"""Orders of the alerts list: pages by key neither skip nor repeat, whatever the column, the direction, ties and missing values."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from oversight.center.lists import PAGE, AlertList, Wanted
from oversight.center.orders import KEYS, order
from oversight.viewer import Viewer
from risk.alerts.models import Alert
from tests.builders import make_alert, make_rule
from tests.oversight.cast import Cast

SORTABLE = ("level", "time", "subject", "unit", "rule", "due")


@pytest.fixture
def tied(cast: Cast) -> list[Alert]:
    """Twenty-four alerts with few different values in every column, and some without a deadline."""
    versions, now = [make_rule(), make_rule()], datetime.now(UTC).replace(microsecond=0)
    return [
        make_alert(
            (cast.first, cast.second)[number % 2],
            version=versions[number % 2],
            subject_code=f"07900{number % 4}",
            bucket=number,
            level=("blue", "red")[number % 2],
            raised_at=now - timedelta(hours=number % 3),
            due_at=now + timedelta(hours=number % 2) if number % 3 else None,
        )
        for number in range(24)
    ]


@pytest.mark.services
@pytest.mark.parametrize("key", KEYS)
def test_an_alert_divides_its_list_into_what_stands_before_and_after_it(cast: Cast, tied: list[Alert], key: str):
    listed = AlertList(Viewer(cast.supervisor), Wanted(tab="open", sort=key))
    whole = list(listed.rows)
    assert len(whole) == len(tied)
    for place, alert in enumerate(whole):
        assert list(listed.after(alert)) == whole[place + 1 :]
        assert list(listed.before(alert)) == whole[:place][::-1]


@pytest.mark.parametrize("key", KEYS)
def test_a_column_is_sorted_as_its_head_says(cast: Cast, tied: list[Alert], supervisor: Client, key: str):
    rows = list(AlertList(Viewer(cast.supervisor), Wanted(tab="open", sort=key)).rows)
    first = order(key).terms[0]
    values = [first.value(alert) for alert in rows]
    present = [value for value in values if value is not None]
    assert present == sorted(present, reverse=first.descending)
    assert values[len(present) :] == [None] * (len(values) - len(present))
    page = supervisor.get(f"/alerts/?tab=open&sort={key}")
    state = "descending" if first.descending else "ascending"
    assert {name: head["state"] for name, head in page.context["sorts"].items()} == {
        name: state if name == key.removeprefix("-") else "none" for name in SORTABLE
    }
    assert page.content.decode().count("aria-sort=") == 1


def test_a_click_on_a_head_sorts_by_it_and_a_second_turns_it_round(cast: Cast, tied: list[Alert], supervisor: Client):
    def rows(page: Any) -> list[str]:
        return [row["number"] for row in page.context["alerts"]]

    page = supervisor.get("/alerts/?tab=open&by=alert&level=red")
    once = supervisor.get(page.context["sorts"]["time"]["url"])
    twice = supervisor.get(once.context["sorts"]["time"]["url"])
    assert once.context["sort_label"] != twice.context["sort_label"]
    assert set(rows(once)) == set(rows(page)) == set(rows(twice))
    assert rows(once) != rows(twice)


def test_what_ended_is_sorted_by_time_alone_unless_a_period_bounds_it(cast: Cast, supervisor: Client):
    make_alert(cast.first, status=Alert.Status.DISMISSED)
    assert set(supervisor.get("/alerts/?tab=dismissed&sort=unit").context["sorts"]) == {"time"}
    assert set(supervisor.get("/alerts/?tab=dismissed&sort=unit&period=30").context["sorts"]) == set(SORTABLE)


def test_figures_of_what_ended_stop_counting_and_say_so(cast: Cast, supervisor: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("oversight.center.lists.COUNTED_MOST", 3)
    monkeypatch.setattr("oversight.center.lists.TAB_COUNTED_MOST", 2)
    version = make_rule()
    for _number in range(5):
        make_alert(cast.first, version=version, status=Alert.Status.DISMISSED, level="red")
    page = supervisor.get("/alerts/?tab=dismissed")
    tab = next(tab for tab in page.context["tabs"] if tab["key"] == "dismissed")
    assert (tab["count"], tab["more"]) == (2, True)
    assert (page.context["total"], page.context["total_more"]) == (3, True)
    assert "2+</span>" in page.content.decode()
    assert len(page.context["alerts"]) == 5 <= PAGE
