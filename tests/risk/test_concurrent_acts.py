"""Several at once on one alert: it wakes once, one of two is told that somebody was faster, one warning is out."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections

from ledger.kit.errors import Conflict
from ledger.roster.models import Role
from risk.alerts import services, warnings
from risk.alerts.models import Alert, IssuedWarning
from risk.alerts.snoozing import wake_due
from tests.builders import make_alert, make_unit, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]


def at_once(acts: list[Callable[[], object]]) -> list[object]:
    """What each act returned; of one that came too late, its error."""

    def run(act: Callable[[], object]) -> object:
        try:
            return act()
        except Conflict as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_an_alert_wakes_once_is_taken_by_one_and_becomes_one_warning():
    root = make_unit("交警支队", kind="detachment")
    handler, *others = (make_user(Role.SUPERVISOR, root) for _number in range(4))
    alert = make_alert(root, level="red")
    told = {"number": alert.number}
    services.snooze(**told, actor=handler, until=datetime.now(UTC) + timedelta(hours=1), reason="等待材料")
    later = datetime.now(UTC) + timedelta(hours=2)
    assert sorted(at_once([lambda: wake_due(later)] * 4)) == [0, 0, 0, 1]
    assert alert.events.filter(kind="woken").count() == 1

    taken = at_once([lambda who=who: services.acknowledge(**told, actor=who) for who in (handler, *others)])
    assert [isinstance(one, Conflict) for one in taken].count(False) == 1
    alert.refresh_from_db()
    holder = alert.handler
    warnings.issue(**told, actor=holder, text="同一分钟检出两车")

    seconds = [who for who in (handler, *others) if who != holder]
    confirmed = at_once([lambda who=who: warnings.confirm(**told, actor=who) for who in seconds])
    assert [isinstance(one, Conflict) for one in confirmed].count(False) == 1
    assert IssuedWarning.objects.get().alert == alert
    alert.refresh_from_db()
    assert alert.status == Alert.Status.ISSUED
