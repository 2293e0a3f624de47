"""The wall of somebody who is logged in: every figure equals the list it opens, and nothing hidden is counted or named."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ledger.kit.days import today
from ledger.roster.models import Role, Unit
from oversight.wall import counting
from oversight.wall.figures import PERIODS, TITLES, Wanted
from oversight.wall.keeping import Keeper, keeper
from oversight.wall.plots import HEIGHT, TOP, trend
from risk.alerts.models import Alert, AlertEvent
from risk.coverage.models import Canary, Gap
from risk.rules.models import LEVELS
from risk.scoring.marks import mark_of
from risk.scoring.models import DirtyMark
from tests.builders import make_alert, make_rule, make_staff, make_unit, make_user
from tests.deliveries import HISTORY, last_days, make_counts, make_deliveries
from tests.oversight.cast import Cast, logged_in

pytestmark = [pytest.mark.django_db, pytest.mark.services]
FIGURE = re.compile(r'<a class="w-n[^"]*" href="([^"]+)"[^>]*>([\d,]+)</a>')
NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    keeper.clear()
    yield
    keeper.clear()


@pytest.fixture
def leader(cast: Cast) -> Client:
    return logged_in(cast.of[Role.LEADER])


def board(client: Client) -> str:
    keeper.clear()
    return client.get(reverse("wall:wall"), {"fragment": "board"}).content.decode()


def figures(html: str) -> list[tuple[str, int]]:
    return [(unescape(url), int(text.replace(",", ""))) for url, text in FIGURE.findall(html)]


def listed(client: Client, url: str) -> int:
    page = client.get(url)
    assert page.status_code == 200, url
    return int(page.context["total"])


def figure(client: Client, url: str) -> int:
    return next(number for at, number in figures(board(client)) if at == url)


def history(cast: Cast) -> list[Unit]:
    """Alerts of all levels, lines, states and ages in a dozen units; returns the units."""
    units = [make_unit(f"{number}大队", parent=cast.detachment) for number in range(3, 12)]
    squad = make_unit("一中队", kind="squad", parent=Unit.objects.get(pk=cast.first.pk))
    places = [cast.first, squad, cast.second, cast.detachment, *units]
    statuses = [status for status in Alert.Status if status != Alert.Status.WITHDRAWN]
    versions = [make_rule(line=line) for line in ("registration", "exam", "violation", "common")]
    for number in range(60):
        status, age = statuses[number % len(statuses)], timedelta(hours=(number * 13) % 900)
        alert = make_alert(
            places[number % len(places)] if number < 40 else cast.first,
            version=versions[(number // 4) % 4],
            level=LEVELS[number % 4],
            status=status,
            raised_at=NOW - age,
            due_at=None if number % 11 == 0 else NOW - age + timedelta(hours=(number % 7) * 12 + 1),
            backdated=number % 11 == 0,
        )
        if status == Alert.Status.DISMISSED:
            AlertEvent.objects.create(alert=alert, kind="dismissed", at=NOW - age + timedelta(hours=number % 5))
    make_alert(cast.second, version=versions[0], status=Alert.Status.WITHDRAWN, raised_at=NOW - timedelta(days=60), due_at=None)
    return units


def test_every_figure_equals_the_list_it_opens(cast: Cast, leader: Client):
    history(cast)
    make_alert(cast.second, version=make_rule(line="common"))
    told = figures(board(leader))
    common = Wanted("raised", line="common", period="week").url
    assert {Wanted("open").url, Wanted("late", period="days30").url, Wanted("raised", level="red", line="exam", period="week").url} <= {
        url for url, _number in told
    }
    assert dict(told)[common] > 0
    assert any("without=" in url for url, _number in told)
    assert sum(number > 0 for _url, number in told) > 40
    wrong = {url: (number, found) for url, number in told if (found := listed(leader, url)) != number}
    assert wrong == {}


def test_every_day_of_the_chart_opens_its_alerts(cast: Cast, leader: Client):
    for days in (0, 0, 3, 29, 30):
        make_alert(cast.first, raised_at=NOW - timedelta(days=days))
    html = unescape(board(leader))
    days = re.findall(r'<a href="([^"]+day=[^"]+)"[^>]*><title>\d\d-\d\d (\d+)', html)
    assert [int(number) for _url, number in days] == [1, 1, 2]
    assert [listed(leader, url) for url, _number in days] == [1, 1, 2]


def test_three_counts_are_never_mixed(cast: Cast, leader: Client):
    for status in (Alert.Status.NEW, Alert.Status.ISSUED, Alert.Status.ASSIGNED, Alert.Status.CLOSED, Alert.Status.DISMISSED):
        make_alert(cast.first, status=status, outcome="confirmed" if status == Alert.Status.CLOSED else "")
    make_alert(cast.first, raised_at=NOW - timedelta(days=800), status=Alert.Status.CLOSED)
    make_alert(cast.first, status=Alert.Status.WITHDRAWN, due_at=None)
    told = {name: figure(leader, Wanted(name, period="today").url) for name in ("raised", "issued", "confirmed")}
    assert told == {"raised": 5, "issued": 3, "confirmed": 1}


def test_red_and_orange_ones_nobody_has_taken_stand_on_top_with_the_longest_wait(cast: Cast, leader: Client):
    assert "w-urgent-calm" in board(leader)
    make_alert(cast.first, level="red", status=Alert.Status.ACKNOWLEDGED)
    make_alert(cast.first, level="red", backdated=True)
    make_alert(cast.first, level="yellow")
    assert "w-urgent-calm" in board(leader)
    now = datetime.now(UTC)
    make_alert(cast.first, level="orange", raised_at=now - timedelta(hours=3))
    assert "w-urgent-orange" in board(leader)
    make_alert(cast.first, level="red", raised_at=now - timedelta(minutes=26), due_at=now + timedelta(hours=5))
    html = board(leader)
    assert "w-urgent-red" in html and "3小时" in html and "剩1小时" in html
    assert figure(leader, Wanted("urgent", level="red").url) == 1


def test_first_checks_are_in_time_late_or_not_yet_due(cast: Cast, leader: Client):
    def alert(status: str, due: float, ended: float | None = None) -> None:
        one = make_alert(cast.first, status=status, raised_at=NOW - timedelta(days=2), due_at=NOW + timedelta(hours=due))
        if ended is not None:
            AlertEvent.objects.create(alert=one, kind="dismissed", at=NOW + timedelta(hours=ended))

    for _each in range(9):
        alert(Alert.Status.DISMISSED, -10, -11)
    alert(Alert.Status.DISMISSED, -10, -9)
    alert(Alert.Status.ACKNOWLEDGED, -1)
    alert(Alert.Status.NEW, 5)
    make_alert(cast.first, status=Alert.Status.DISMISSED, due_at=None)
    assert [figure(leader, Wanted(name, period="days30").url) for name in ("in_time", "late", "checked")] == [9, 2, 11]
    assert "82%" in board(leader)


def test_of_fewer_than_ten_first_checks_no_share_is_told(cast: Cast, leader: Client):
    make_alert(cast.first, status=Alert.Status.ACKNOWLEDGED, due_at=NOW - timedelta(hours=1))
    assert "0%" not in board(leader) and "不足10件" in board(leader)


def test_a_line_is_compared_with_the_median_of_four_weeks_before(cast: Cast):
    version = make_rule(line="exam")
    for week, number in enumerate((9, 4, 2, 5, 40)):
        for _each in range(number):
            make_alert(cast.first, version=version, raised_at=NOW - timedelta(days=7 * week + 1))
    sight = counting.Sight("all", (cast.detachment.path,), False, Alert.objects.all())
    told = counting.count_history(sight, NOW).lines["exam"]
    assert (told.total, told.usual) == (9, None)
    make_alert(cast.first, version=version, raised_at=NOW - timedelta(days=60))
    assert counting.count_history(sight, NOW).lines["exam"].usual == 4


def test_units_are_counted_with_all_below_them_and_the_rest_together(cast: Cast, leader: Client):
    squad = make_unit("一中队", kind="squad", parent=Unit.objects.get(pk=cast.first.pk))
    for unit, number in ((squad, 3), (cast.first, 2), (cast.detachment, 1)):
        for _each in range(number):
            make_alert(unit, due_at=NOW - timedelta(hours=1))
    html = board(leader)
    assert re.findall(r'<th scope="row">([^<]+)</th><td class="w-bar">', html) == ["一大队", "交警支队本级"]
    assert figure(leader, Wanted("open", unit=cast.first.code).url) == 5
    assert figure(leader, Wanted("overdue", unit=f"={cast.detachment.code}").url) == 1


def test_who_looks_over_one_unit_counts_that_unit(cast: Cast):
    make_alert(cast.first)
    make_alert(cast.second)
    own = logged_in(make_user(Role.LEADER, cast.first))
    html = board(own)
    assert figure(own, Wanted("open").url) == 1 and "二大队" not in html


def test_what_somebody_is_recused_from_is_in_none_of_their_figures_and_lists(cast: Cast, leader: Client):
    person = cast.of[Role.LEADER]
    make_alert(cast.first, level="red", subject_code=person.staff_no, status=Alert.Status.NEW)
    make_alert(cast.first, level="red", recused=[person.staff_no], status=Alert.Status.ISSUED)
    empty = [number for url, number in figures(board(leader)) if reverse("wall:alerts") in url]
    assert empty and not any(empty)
    assert "w-urgent-calm" in board(leader)
    for name in TITLES:
        assert listed(leader, Wanted(name).url) == 0
    assert figure(logged_in(cast.supervisor), Wanted("urgent", level="red").url) == 1


def test_no_name_subject_or_rule_stands_on_the_board(cast: Cast, leader: Client):
    subject = make_staff(cast.first, staff_no="079911", name="欧阳某某")
    version = make_rule("DJ-777", title_zh="深夜退办偏高")
    make_alert(cast.first, version=version, subject_code=subject.staff_no)
    html = board(leader)
    assert not [word for word in ("欧阳", "079911", "DJ-777", "深夜退办", cast.supervisor.name) if word in html]


def test_rules_and_gaps_are_counted_as_their_lists_show_them(cast: Cast, leader: Client):
    versions = [make_rule() for _each in range(4)]
    for version, answer in zip(versions, ("hit", "hit", "silent"), strict=False):
        Canary.objects.create(rule_version=version, day=today(), answer=answer, ran_at=NOW)
    Gap.objects.create(rule=versions[0].rule, day=today() - timedelta(days=1), found_at=NOW)
    at = reverse("wall:rules")
    told = {url.removeprefix(at): number for url, number in figures(board(leader)) if url.startswith(at)}
    assert told == {"?state=hit": 2, "": 4, "?state=failed": 1, "?state=gaps": 1}


def test_work_that_waits_too_long_is_said(cast: Cast, leader: Client):
    mark = mark_of(("exam", "staff", "subject"), today(), today())
    mark.save()
    assert "w-trouble" not in board(leader)
    DirtyMark.objects.filter(pk=mark.pk).update(created_at=datetime.now(UTC) - timedelta(hours=2, minutes=5))
    html = board(leader)
    assert "w-trouble" in html and "已等2小时" in html


def test_sources_are_counted_by_their_state(cast: Cast, leader: Client):
    make_counts("six", "exam", working=400, resting=200, days=40)
    make_deliveries("six", last_days(40, 9))
    make_deliveries("young", last_days(2))
    at = reverse("wall:sources")
    told = {url.removeprefix(at): number for url, number in figures(board(leader)) if url.startswith(at)}
    assert (told[""], told["?state=late"], told["?state=unknown"]) == (2, 1, 1)
    assert {url: listed(leader, f"{at}{url}") for url in told} == told
    assert HISTORY > 40


def test_a_board_that_did_not_change_is_not_sent_again(cast: Cast, leader: Client):
    first = leader.get(reverse("wall:wall"), {"fragment": "board"})
    again = leader.get(reverse("wall:wall"), {"fragment": "board"}, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["X-Wall-Version"]) == (304, b"", first["X-Wall-Version"])
    assert {part.split("=")[0] for part in again["X-Wall-Times"].split(";")} == {"now", "open", "history", "watch", "sources"}
    make_alert(cast.first)
    keeper.clear()
    assert leader.get(reverse("wall:wall"), {"fragment": "board"}, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_twenty_boards_cost_as_one(cast: Cast, leader: Client, monkeypatch: pytest.MonkeyPatch):
    history(cast)
    monkeypatch.setattr("oversight.wall.keeping.time.monotonic", lambda: 1000.0)
    url = reverse("wall:wall")
    leader.get(url, {"fragment": "board"})
    with CaptureQueriesContext(
        connection,
    ) as kept:
        for _each in range(20):
            leader.get(url, {"fragment": "board"})
    assert not [query for query in kept.captured_queries if "risk_alert" in query["sql"]]


def test_a_board_counted_anew_takes_fewer_than_fifteen_queries(cast: Cast, leader: Client, monkeypatch: pytest.MonkeyPatch):
    history(cast)
    clock = {"now": 1000.0}
    monkeypatch.setattr("oversight.wall.keeping.time.monotonic", lambda: clock["now"])
    url = reverse("wall:wall")
    leader.get(url, {"fragment": "board"})
    clock["now"] += 5
    with CaptureQueriesContext(connection) as asked:
        leader.get(url, {"fragment": "board"})
    assert len([query for query in asked.captured_queries if "risk_alert" in query["sql"]]) >= 5
    assert len(asked) < 15


def test_a_poll_is_not_an_act_of_the_person(cast: Cast, leader: Client):
    leader.get(reverse("wall:wall"))
    seen = leader.session["seen_at"]
    session = leader.session
    session["seen_at"] = (datetime.now(UTC) - timedelta(minutes=10)).isoformat()
    session.save()
    leader.get(reverse("wall:wall"), {"fragment": "board"})
    assert leader.session["seen_at"] < seen


def test_an_old_or_broken_address_opens_some_list(cast: Cast, leader: Client):
    make_alert(cast.first)
    for query in ("?figure=nothing&level=pink&line=x&period=never&day=31", "", "?figure=open&unit=NOWHERE", "?figure=open&after=YD-0"):
        assert leader.get(f"{reverse('wall:alerts')}{query}").status_code == 200
    assert listed(leader, f"{reverse('wall:alerts')}?unit=NOWHERE") == 0


def test_long_lists_come_in_pages(cast: Cast, leader: Client):
    for number in range(53):
        make_alert(cast.first, raised_at=NOW - timedelta(minutes=number // 2))
    page = leader.get(Wanted("raised", period="days30").url)
    rest = leader.get(page.context["next_url"])
    numbers = [one["number"] for one in (*page.context["alerts"], *rest.context["alerts"])]
    assert (len(page.context["alerts"]), len(set(numbers)), rest.context["next_url"]) == (50, 53, None)


def test_what_is_dear_to_count_is_kept_longer(monkeypatch: pytest.MonkeyPatch):
    clock = {"now": 1000.0}
    monkeypatch.setattr("oversight.wall.keeping.time.monotonic", lambda: clock["now"])
    own, asked = Keeper(), []

    def make(cost: float) -> Any:
        def counted() -> int:
            asked.append(cost)
            clock["now"] += cost
            return len(asked)

        return counted

    assert own.get("cheap", make(0.01)).value == own.get("cheap", make(0.01)).value == 1
    clock["now"] += 2.1
    assert own.get("cheap", make(0.01)).value == 2
    assert own.get("dear", make(1.0)).value == 3
    clock["now"] += 19
    assert own.get("dear", make(1.0)).value == 3
    clock["now"] += 2
    assert own.get("dear", make(1.0)).value == 4


def test_columns_of_the_chart_are_as_high_as_their_numbers():
    days = {today() - timedelta(days=2 - back): levels for back, levels in enumerate(({}, {"red": 1, "blue": 3}, {"yellow": 8}))}
    drawn = trend(days)
    empty, mixed, high = drawn["days"]
    assert empty["parts"] == [] and empty["url"] == ""
    assert [part["level"] for part in mixed["parts"]] == ["blue", "red"]
    assert sum(part["height"] for part in mixed["parts"]) == pytest.approx(high["parts"][0]["height"] / 2, abs=0.3)
    assert all(part["y"] >= TOP and part["y"] + part["height"] <= HEIGHT for day in drawn["days"] for part in day["parts"])
    assert len(PERIODS) == 5
