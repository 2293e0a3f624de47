"""整改成效标准: edited by the system admin, kept by each watch as it stood when its case was closed."""

from datetime import timedelta

import pytest

from ledger.audit.models import AuditEntry
from ledger.kit.days import today
from ledger.kit.errors import NotAllowed
from ledger.roster.models import Role
from oversight.aftercare.measuring import weeks_of
from oversight.aftercare.models import AftercarePolicy, Watch
from oversight.aftercare.policy import figures_now, save_figures
from oversight.aftercare.rates import SHIPPED, Figures, Measured, Rate, verdict_of
from oversight.aftercare.running import relapses_of
from tests.oversight.aftercare.building import again, closed
from tests.oversight.cases.town import Town
from tests.oversight.cast import logged_in

STRICT = Figures(before_weeks=2, least_amount=20, peer_amount=8, least_peers=3, better_percent=30, least_level="orange")


@pytest.mark.services
def test_a_watch_keeps_the_figures_of_the_day_its_case_was_closed(town: Town):
    admin = town.cast.of[Role.SYSTEM_ADMIN]
    old = Watch.objects.get(case=closed(town))
    with pytest.raises(NotAllowed):
        save_figures(figures=STRICT, actor=town.leader)
    save_figures(figures=STRICT, actor=admin)
    assert (figures_now(), AuditEntry.objects.filter(action="aftercare_policy.saved").count()) == ((STRICT, True), 1)
    new = Watch.objects.get(case=closed(town, days_ago=59))
    assert (Figures.kept(old.figures), Figures.kept(new.figures)) == (SHIPPED, STRICT)
    spans = [(last - first).days + 1 for watch in (old, new) for week, first, last in weeks_of(watch) if week == 0]
    assert spans == [28, 14]
    day = today() - timedelta(days=10)
    for watch in (old, new):
        again(town, watch.case, day)
    # Yellow again: a relapse by the figures of the first, none by those of the second.
    assert [len(list(relapses_of(watch))) for watch in (old, new)] == [1, 0]


def test_a_verdict_follows_its_figures():
    before, weeks = Measured(Rate(20, 100), Rate(0, 0), 0), [Measured(Rate(1, 15), Rate(0, 0), 0)]
    assert verdict_of(before, weeks, window_days=7) == "better"
    assert verdict_of(before, weeks, window_days=7, figures=STRICT) == "too_little"
    assert verdict_of(before, [Measured(Rate(2, 25), Rate(0, 0), 0)], window_days=7, figures=STRICT) == "unchanged"


def test_its_page_keeps_what_was_typed_and_says_what_is_only_ours(town: Town):
    client, page = logged_in(town.cast.of[Role.SYSTEM_ADMIN]), "/aftercare/policy/"
    assert client.get(page).context["edited"] is False
    assert logged_in(town.leader).get(page).status_code == 403
    typed = STRICT.snapshot() | {"better_percent": "100"}
    refused = client.post(f"{page}save/", typed)
    assert refused.status_code == 400
    assert 'value="100"' in refused.content.decode()
    for wrong in ({"least_peers": "viele"}, {"least_level": "violet"}):
        assert client.post(f"{page}save/", STRICT.snapshot() | wrong).status_code == 400
    assert not AftercarePolicy.objects.exists()
    assert client.post(f"{page}save/", STRICT.snapshot()).headers["Location"] == page
    assert client.get(page).context["edited"] is True
