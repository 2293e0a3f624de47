"""工作台 and 通知: every figure is the list it opens, for every role, and nothing reaches who must not see it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ledger.intake.models import Quarantined
from ledger.intake.refused.discards import ask_discard, decide_discard
from ledger.kit.days import today
from ledger.roster.models import Role, User
from oversight.duty.bell import SOURCES
from oversight.duty.models import DutyShift, Notice
from oversight.duty.reminding import remind_unattended
from oversight.viewer import Viewer
from risk.alerts.models import Alert, AlertEvent, Recused, Suppression
from risk.alerts.services import acknowledge, comment, dismiss
from risk.alerts.suppressions import ask_suppression, decide_suppression
from risk.sweeps.models import Sweep
from tests.builders import make_alert, make_refused, make_rule, make_user
from tests.oversight.cast import Cast, logged_in

S = Alert.Status
MOST_QUERIES = 39


def rows_of(client: Client, address: str) -> list[str]:
    """What a tab lists, through all its pages: alert numbers and titles of requests."""
    found: list[str] = []
    following: str = address
    while following:
        context = client.get(following).context
        found += [row.get("number") or row["title"] for part in context["parts"] for row in part.rows]
        following = context["next_page"]
    return found


def agrees(client: Client) -> dict[str, int]:
    """The figures of all tabs, each of which was found equal to its list."""
    counts = {}
    for tab in client.get("/").context["tabs"]:
        rows = rows_of(client, tab["url"])
        assert (tab["key"], len(rows), len(set(rows))) == (tab["key"], tab["count"], tab["count"])
        counts[tab["key"]] = tab["count"]
    return counts


@pytest.fixture
def asked(cast: Cast) -> Suppression:
    """A request of another supervisor."""
    other = make_user(Role.SUPERVISOR, cast.detachment, username="other", name="韩某")
    return ask_suppression(
        actor=other,
        reason="夜间集中办理，经支队批准",
        expires_on=today() + timedelta(days=9),
        ceiling="orange",
        rule=make_rule("REG-90").rule,
    )


def test_every_tab_counts_what_it_lists_for_every_role(cast: Cast, asked: Suppression):
    other, now = asked.asked_by, datetime.now(UTC)
    version = make_rule()
    for number in range(60):
        make_alert(cast.first, version=version, due_at=now + timedelta(hours=number - 5) if number % 7 else None)
    mine = [make_alert(cast.first, version=version) for _ in range(4)]
    acknowledge(number=mine[0].number, actor=cast.supervisor)
    dismiss(number=mine[1].number, actor=cast.supervisor, reason="repeated")
    comment(number=mine[2].number, actor=cast.supervisor, note="与上周同一事项")
    comment(number=mine[3].number, actor=cast.of[Role.LEADER], note="请尽快")
    make_alert(cast.first, level="red", raised_at=now - timedelta(hours=3))
    remind_unattended()
    ask_discard(rows=Quarantined.objects.filter(pk=make_refused().pk), reason="来源系统的测试数据", actor=other)
    Sweep.objects.create(
        number="DC-1",
        reason="倒查",
        first_day=today(),
        last_day=today(),
        transactions=1,
        state="paused",
        ordered_by=cast.of[Role.SYSTEM_ADMIN],
        ordered_at=now,
    )
    assert agrees(logged_in(cast.supervisor)) == {"todo": 60 + 3 + 1 + 2, "done": 1, "asked": 0, "copied": 0}
    # The dismissal of an orange alert waits for the others to look at.
    assert agrees(logged_in(other)) == {"todo": 60 + 2 + 1 + 1, "done": 0, "asked": 2, "copied": 0}
    assert agrees(logged_in(cast.of[Role.LEADER])) == {"todo": 2 + 1, "done": 1, "asked": 0, "copied": 1}
    assert agrees(logged_in(cast.of[Role.DISCIPLINE])) == {"todo": 2 + 1, "done": 0, "asked": 0, "copied": 0}
    assert agrees(logged_in(cast.of[Role.SYSTEM_ADMIN])) == {"todo": 2, "done": 0, "asked": 1}
    for role in (Role.SECURITY_ADMIN, Role.AUDIT_ADMIN, Role.SQUAD_LEADER, Role.CHECKLIST_ADMIN, Role.UNIT_OFFICER):
        client = logged_in(cast.of[role])
        assert set(agrees(client).values()) == {0}
        assert client.get("/").context["empty"]["action_url"]


def test_what_is_due_soonest_stands_first_under_its_heading(cast: Cast, supervisor: Client):
    now, version = datetime.now(UTC), make_rule()
    hours = (30, -2, 200, -50)
    alerts = {number: make_alert(cast.first, version=version, due_at=now + timedelta(hours=number)) for number in hours}
    timeless = make_alert(cast.first, version=version, level="red", backdated=True, due_at=None)
    parts = supervisor.get("/").context["parts"]
    assert [row["number"] for part in parts for row in part.rows] == [
        *(alerts[number].number for number in sorted(hours)),
        timeless.number,
    ]
    assert [part.count for part in parts] == [2, 2, 1]
    first = parts[0].rows[0]
    assert first["url"] == f"/alerts/{first['number']}/?tab=mine"


def test_the_next_item_is_the_first_of_the_list_of_what_is_to_be_handled(cast: Cast, supervisor: Client):
    make_alert(cast.first, level="blue", due_at=datetime.now(UTC) - timedelta(hours=2))
    first = make_alert(cast.first, level="red")
    assert supervisor.get("/").context["next_item"]["url"] == f"/alerts/{first.number}/?tab=mine"
    assert supervisor.get("/?tab=done").context["next_item"] is None


def test_nonsense_in_the_address_opens_the_first_tab(supervisor: Client):
    page = supervisor.get("/?tab=nowhere&from=-3")
    assert (page.status_code, page.context["tab"]) == (200, "todo")
    assert supervisor.get("/?from=99999").status_code == 200


def test_the_figures_alone_are_a_fragment(supervisor: Client):
    assert "<html" not in supervisor.get("/?fragment=tabs").content.decode()


def test_the_workbench_costs_a_bounded_number_of_queries(cast: Cast, supervisor: Client):
    version = make_rule()
    for number in range(50):
        make_alert(cast.first, version=version, bucket=number)
    supervisor.get("/")
    with CaptureQueriesContext(connection) as queries:
        supervisor.get("/")
    assert len(queries) <= MOST_QUERIES, "\n".join(query["sql"][:140] for query in queries)


# The bell


def unread(client: Client) -> int:
    """The figure of the bell, which was found equal to the new ones of its list."""
    page = client.get("/duty/notices/")
    count = client.get("/duty/notices/?fragment=count").context["count"]
    assert count == page.context["new"] == sum(row["new"] for row in page.context["rows"])
    return page.context["new"]


def report(cast: Cast, **extra: object) -> Alert:
    """A red alert that nobody took, reported to the leader."""
    alert = make_alert(cast.first, level="red", raised_at=datetime.now(UTC) - timedelta(hours=3), **extra)
    remind_unattended()
    return alert


def test_every_source_of_the_bell_finds_what_it_says_it_is_of(cast: Cast):
    """Or what happened would wake nobody: whether anything did is asked of the model alone."""
    viewers = [Viewer(user) for user in cast.of.values()]
    assert [kind for kind, one in SOURCES.items() if {one.found(viewer).model for viewer in viewers} != {one.model}] == []


@pytest.mark.services
def test_the_bell_tells_what_concerns_a_person_and_forgets_what_was_read(cast: Cast, supervisor: Client, asked: Suppression):
    leader, other = logged_in(cast.of[Role.LEADER]), logged_in(asked.asked_by)
    assert (unread(supervisor), unread(leader), unread(other)) == (0, 0, 0)
    alert = report(cast)
    assert unread(leader) == 1
    assert leader.get("/duty/notices/").context["rows"][0]["url"] == f"/alerts/{alert.number}/"
    decide_suppression(number=asked.number, actor=cast.supervisor, approve=False, note="理由不成立")
    DutyShift.objects.create(user=cast.supervisor, started_at=timezone.now(), ended_at=timezone.now(), handed_to=asked.asked_by)
    assert unread(other) == 2
    page = other.get("/duty/notices/")
    other.post("/duty/notices/read/", {"until": page.context["until"]})
    assert unread(other) == 0
    assert len(other.get("/duty/notices/").context["rows"]) == 2
    assert unread(leader) == 1


def test_reminders_of_one_alert_are_one_notice(cast: Cast, supervisor: Client):
    alert = make_alert(cast.first, level="red", raised_at=datetime.now(UTC) - timedelta(minutes=31))
    DutyShift.objects.create(user=cast.supervisor, started_at=timezone.now())
    for minutes in (10, 20, 30):
        remind_unattended(now=alert.raised_at + timedelta(minutes=minutes))
    assert Notice.objects.count() == 3
    assert unread(supervisor) == 1


def test_reading_earlier_or_nonsense_takes_nothing_back_and_the_future_cannot_be_read(cast: Cast):
    client = logged_in(cast.of[Role.LEADER])
    report(cast)
    for until in ("", "nonsense", "2026-01-01T00:00:00", "2026-01-01T00:00:00+00:00"):
        client.post("/duty/notices/read/", {"until": until})
        assert unread(client) == 1
    client.post("/duty/notices/read/", {"until": "2999-01-01T00:00:00+00:00"})
    report(cast)
    assert unread(client) == 1


def test_who_is_recused_later_finds_no_trace_of_it(cast: Cast):
    leader = cast.of[Role.LEADER]
    client, alert = logged_in(leader), report(cast)
    assert (unread(client), agrees(client)["copied"]) == (1, 1)
    Recused.objects.create(alert=alert, staff_no=leader.staff_no, reason="related")
    assert (unread(client), agrees(client)["copied"]) == (0, 0)
    assert alert.number not in client.get("/duty/notices/").content.decode()


def test_a_decided_discard_comes_back_to_who_asked(cast: Cast):
    admin = cast.of[Role.SYSTEM_ADMIN]
    made = ask_discard(rows=Quarantined.objects.filter(pk=make_refused().pk), reason="来源系统的测试数据", actor=admin)
    decide_discard(discard=made.discard.pk, approve=True, actor=cast.supervisor)
    assert unread(logged_in(admin)) == 1


def test_the_strip_tells_what_was_done_and_what_comes(cast: Cast, supervisor: Client, django_user_model: type[User]):
    alert = make_alert(cast.first, level="red", raised_at=datetime.now(UTC) - timedelta(minutes=26))
    DutyShift.objects.create(user=cast.supervisor, started_at=timezone.now())
    remind_unattended()
    strip = supervisor.get("/alerts/duty/").context["duty"]
    assert "1" in strip["steps"] or "2" in strip["steps"]
    AlertEvent.objects.create(
        alert=alert, kind="escalated", at=timezone.now(), data={"step": 1, "minutes": 60, "to": [1], "names": ["周某"]}
    )
    assert "周某" in supervisor.get("/alerts/duty/").context["duty"]["steps"]


def test_figures_of_four_digits_and_more_are_grouped():
    tab = {"key": "todo", "label": "待办", "count": 12_345, "url": "/", "active": True}
    assert "<span>12,345</span>" in render_to_string("center/_work_tabs.html", {"tabs": [tab]})
    counts = {"raised": 1_234_567, "issued": 52, "confirmed": 9}
    assert "<b>1,234,567</b>" in render_to_string("center/_counts.html", {"counts": counts})
