"""Several strokes of the clock at once: one reopens the case, one joins the alert."""

from datetime import timedelta

import pytest

from ledger.kit.days import today
from ledger.roster.models import RoleGrant
from oversight.aftercare.models import Relapse
from oversight.aftercare.services import join, record_relapse
from oversight.cases.models import Case
from risk.alerts.models import Alert
from tests.oversight.aftercare.building import again, closed
from tests.oversight.cases.test_races import at_once
from tests.oversight.cases.town import make_town
from tests.oversight.cast import make_cast

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]


def test_a_case_is_reopened_once_and_its_alert_joins_once():
    town = make_town(make_cast())
    RoleGrant.objects.update(valid_from=today() - timedelta(days=730))
    case = closed(town)
    watch, day = case.watches.get(), today() - timedelta(days=1)
    back = again(town, case, day, status=Alert.Status.ISSUED)
    assert sorted(at_once(*[lambda: record_relapse(watch=watch, alert=back, day=day)] * 3)) == [False, False, True]
    relapse = Relapse.objects.get()
    assert sorted(at_once(*[lambda: join(relapse=relapse)] * 3)) == [False, False, True]
    kinds = list(Case.objects.get(pk=case.pk).entries.filter(kind__startswith="watch.").order_by("id").values_list("kind", flat=True))
    assert kinds == ["watch.began", "watch.relapsed", "watch.joined"]
