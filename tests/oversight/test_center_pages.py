"""The audit trail, the deliveries, the error pages, and the times as people say them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client, override_settings
from django.urls import path
from django.utils import translation

from ledger.audit.models import AuditEntry
from ledger.audit.services import record
from ledger.journal.models import Batch, Delivery
from ledger.kit.days import SHANGHAI
from ledger.roster.models import Role
from oversight import urls
from oversight.center.presenters.times import deadline, left, overdue, short_time
from risk.alerts.models import Alert
from risk.scoring.models import DirtyMark
from tests.builders import make_alert
from tests.oversight.cast import Cast, logged_in

NOW = datetime(2026, 11, 23, 10, 32, tzinfo=SHANGHAI)


def broken(request: object) -> None:
    raise ZeroDivisionError("a fault of ours")


class WithBrokenPage:
    """The site with a public page that fails."""

    urlpatterns = [*urls.urlpatterns, path("language/broken/", broken, name="set_language")]
    handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500


@override_settings(ROOT_URLCONF=WithBrokenPage)
def test_a_fault_shows_the_number_under_which_the_log_keeps_it(cast: Cast, caplog: pytest.LogCaptureFixture):
    client = Client(raise_request_exception=False)
    answer = client.get("/language/broken/")
    assert answer.status_code == 500
    error_id = next(line.getMessage().split()[1] for line in caplog.records if line.name == "oversight.errors")
    assert error_id in answer.content.decode()
    assert "ZeroDivisionError" in caplog.text


def test_an_unknown_address_is_not_found(supervisor: Client):
    assert supervisor.get("/nowhere/").status_code == 404


def test_the_audit_trail_filters_pages_and_records_that_it_was_read(cast: Cast):
    auditor = logged_in(cast.of[Role.AUDIT_ADMIN])
    for number in range(120):
        record("alert.viewed", actor=cast.supervisor, target=f"YD-{number}")
    record("account.login", actor=cast.of[Role.LEADER], target="leader")
    page = auditor.get("/audit/?actor=supervisor")
    assert len(page.context["entries"]) == 100
    rest = auditor.get(page.context["next_url"])
    assert len(rest.context["entries"]) == 20
    assert [entry["target"] for entry in auditor.get("/audit/?action=account.login").context["entries"]] == ["leader"]
    assert auditor.get("/audit/?day=2020-01-01").context["entries"] == []
    assert auditor.get("/audit/?day=nonsense&before=x").status_code == 200
    assert AuditEntry.objects.filter(action="audit.viewed", actor="audit_admin").count() == 5


def test_the_audit_trail_shows_numbers_of_alerts_and_nothing_of_their_content(cast: Cast):
    alert = make_alert(cast.first)
    logged_in(cast.supervisor).post(f"/alerts/{alert.number}/comment/", {"text": "窗口监控已调取"})
    text = logged_in(cast.of[Role.AUDIT_ADMIN]).get("/audit/").content.decode()
    assert alert.number in text
    assert "窗口监控已调取" not in text
    assert f"/alerts/{alert.number}/" not in text


def test_the_figures_of_every_delivery_add_up_as_shown(cast: Cast):
    for number in range(3):
        Delivery.objects.create(
            source="manual",
            kind="steps",
            name=f"steps{number}.csv",
            status="done",
            received=10,
            accepted=4,
            revised=1,
            duplicate=2,
            rejected=1,
            waiting=2,
        )
    page = logged_in(cast.of[Role.SYSTEM_ADMIN]).get("/intake/")
    for one in [*page.context["deliveries"], page.context["totals"]]:
        assert one["received"] == one["accepted"] + one["revised"] + one["duplicate"] + one["rejected"] + one["waiting"]
    header = page.content.decode().partition("<thead>")[2].partition("</thead>")[0]
    assert header.count('class="mj-num"') == 6


def test_a_delivery_is_scored_once_nothing_as_old_as_it_is_left_to_score(cast: Cast):
    admin, now = logged_in(cast.of[Role.SYSTEM_ADMIN]), datetime.now(UTC)
    delivery = Delivery.objects.create(source="manual", kind="transactions", status="done", finished_at=now)
    batch = Batch.objects.create(delivery=delivery, committed_at=now, rows=1)

    def words() -> str:
        return admin.get("/intake/").context["deliveries"][0]["scored"]

    waiting = words()
    Batch.objects.filter(pk=batch.pk).update(in_columns=True)
    scored = words()
    assert waiting != scored
    mark = DirtyMark.objects.create(
        line="exam", subject_kind="staff", first_day=now.date(), last_day=now.date(), created_at=now - timedelta(seconds=1)
    )
    assert words() == waiting
    mark.delete()
    assert words() == scored


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (datetime(2026, 11, 23, 10, 6, tzinfo=SHANGHAI), "10:06"),
        (datetime(2026, 11, 22, 17, 52, tzinfo=SHANGHAI), "yesterday 17:52"),
        (datetime(2026, 11, 24, 10, 0, tzinfo=SHANGHAI), "tomorrow 10:00"),
        (datetime(2026, 11, 20, 15, 31, tzinfo=SHANGHAI), "11-20 15:31"),
        (datetime(2025, 11, 20, 15, 31, tzinfo=SHANGHAI), "2025-11-20"),
        (datetime(2026, 11, 22, 16, 30, tzinfo=UTC), "00:30"),
    ],
)
def test_a_moment_is_said_shortly_by_the_shanghai_day(moment: datetime, shown: str):
    with translation.override("en"):
        assert short_time(moment, NOW) == shown


@pytest.mark.parametrize(
    ("minutes", "shown"),
    [
        (4, "4 minutes left"),
        (1, "1 minute left"),
        (118, "2 hours left"),
        (298, "5 hours left"),
        (25 * 60, "1 day left"),
        (72 * 60, "3 days left"),
    ],
)
def test_what_is_left_is_rounded_as_people_do(minutes: int, shown: str):
    with translation.override("en"):
        assert left(timedelta(minutes=minutes)) == shown


@pytest.mark.parametrize(("minutes", "shown"), [(12, "12 minutes overdue"), (95, "1 hour overdue"), (2 * 24 * 60 + 5, "2 days overdue")])
def test_what_is_overdue_is_said_in_full_units(minutes: int, shown: str):
    with translation.override("en"):
        assert overdue(timedelta(minutes=minutes)) == shown


@pytest.mark.parametrize(
    ("status", "hours", "ended", "state"),
    [
        ("new", 5, None, "normal"),
        ("new", 1, None, "soon"),
        ("acknowledged", -1, None, "overdue"),
        ("dismissed", 5, -2, "done"),
        ("dismissed", -5, -2, "done"),
    ],
)
def test_a_deadline_stands_where_the_clock_says(status: str, hours: int, ended: int | None, state: str):
    alert = Alert(status=status, due_at=NOW + timedelta(hours=hours), updated_at=NOW)
    ended_at = NOW + timedelta(hours=ended) if ended else None
    found = deadline(alert, ended_at=ended_at, now=NOW)
    assert found is not None
    assert found.state == state
    with translation.override("en"):
        late = deadline(alert, ended_at=ended_at, now=NOW)
        if state == "done":
            assert late.text == ("done in time" if hours > 0 else "done overdue")


def test_an_alert_from_old_data_has_no_clock():
    assert deadline(Alert(status="new", due_at=None), ended_at=None, now=NOW) is None
