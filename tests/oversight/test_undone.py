"""Alerts whose ground was lost after somebody had acted: who has them in hand is told once, in the bell and on the page of the case."""

from datetime import UTC, datetime, timedelta

import pytest

from ledger.roster.models import Role, User
from oversight.duty.bell import KEPT, bell_context, unread
from oversight.duty.models import Notice
from oversight.duty.undone import tell_undone
from oversight.viewer import Viewer
from risk.alerts.models import Alert, AlertEvent
from risk.alerts.services import acknowledge, comment
from tests.builders import make_alert
from tests.oversight.cases.building import make_case
from tests.oversight.cast import Cast, logged_in

pytestmark = [pytest.mark.django_db, pytest.mark.services]


def lost(alert: Alert, *, acted: bool = True, ago: timedelta = timedelta()) -> None:
    """What the fold does when no hit is left."""
    Alert.objects.filter(pk=alert.pk).update(hit_count=0)
    AlertEvent.objects.create(alert=alert, kind=AlertEvent.Kind.WITHDRAWN, at=datetime.now(UTC) - ago, data={"acted": acted})


def told() -> set[tuple[User, str]]:
    return {(notice.user, notice.event.alert.number) for notice in Notice.objects.select_related("user", "event__alert")}


def test_who_handles_it_is_told_once_and_the_bell_opens_it(cast: Cast):
    alert, untouched, old = (make_alert(cast.first) for _ in range(3))
    for one in (alert, old):
        acknowledge(number=one.number, actor=cast.supervisor)
    comment(number=alert.number, actor=cast.of[Role.LEADER], note="请核实数据")
    lost(alert)
    lost(untouched, acted=False)
    lost(old, ago=KEPT + timedelta(hours=1))
    assert (tell_undone(), tell_undone()) == (1, 0)
    assert told() == {(cast.supervisor, alert.number)}
    [row] = bell_context(Viewer(cast.supervisor))["rows"]
    assert row["new"] and row["text"] == "数据已不支持这条疑点" and row["url"] == f"/alerts/{alert.number}/"
    assert unread(Viewer(cast.supervisor)) == 1


def test_where_nobody_handles_it_who_wrote_a_remark_is_told(cast: Cast):
    alert = make_alert(cast.first)
    comment(number=alert.number, actor=cast.of[Role.LEADER], note="请核实数据")
    lost(alert)
    tell_undone()
    assert told() == {(cast.of[Role.LEADER], alert.number)}


def test_the_handler_of_its_case_is_told_and_the_case_says_so(cast: Cast):
    alert = make_alert(cast.first, status=Alert.Status.ASSIGNED)
    case = make_case(cast.supervisor, alert)
    page = f"/cases/{case.number}/"
    assert "数据已不支持" not in logged_in(cast.supervisor).get(page).content.decode()
    lost(alert)
    tell_undone()
    assert told() == {(cast.supervisor, alert.number)}
    assert "数据已不支持" in logged_in(cast.supervisor).get(page).content.decode()


def test_nobody_who_may_not_see_the_alert_is_told_of_it(cast: Cast):
    assert cast.supervisor.staff is not None
    alert = make_alert(cast.first, handler=cast.supervisor, status=Alert.Status.ACKNOWLEDGED, recused=[cast.supervisor.staff.staff_no])
    lost(alert)
    assert (tell_undone(), told()) == (0, set())
