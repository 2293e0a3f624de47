"""What each week after closing says, and the end of the term."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from ledger.journal.models import Transaction
from ledger.kit.days import today
from oversight.aftercare.measuring import look, measure
from oversight.aftercare.models import Measurement, Watch
from oversight.aftercare.running import follow_up
from oversight.duty.bell import bell_context
from oversight.viewer import Viewer
from risk.rules.models import RuleVersion
from tests.builders import make_rule
from tests.oversight.aftercare.building import alert_of, business, closed, hit
from tests.oversight.cases.town import Town
from tests.oversight.cast import logged_in

pytestmark = pytest.mark.services
DAY = timedelta(days=1)


def test_the_rate_of_the_subject_stands_beside_that_of_peers_of_its_post(town: Town):
    case = closed(town)
    first = today() - timedelta(days=50)
    mine = town.subject.staff_no
    business(town, mine, first, 7)
    for peer in ("P-1", "P-2", "P-3"):
        business(town, peer, first, 7)
    business(town, "few", first, 2)
    hit(case, first, observed=4.0)
    hit(case, first + DAY, observed=9.0, shadow=True)
    hit(case, first, "P-1")
    hit(case, first - DAY)
    hit(case, first + 2 * DAY, live=False)
    old = alert_of(case)
    found = look(old.rule, old.rule_version, mine, first, first + 6 * DAY)
    assert (found.own.hits, found.own.amount, found.observed) == (2, 14, 9.0)
    assert {name: (rate.hits, rate.amount) for name, rate in found.peers.items()} == {"P-1": (1, 14), "P-2": (0, 14), "P-3": (0, 14)}


def test_who_does_other_business_is_no_peer(town: Town):
    case = closed(town)
    first = today() - timedelta(days=50)
    business(town, town.subject.staff_no, first, 7)
    business(town, "peer", first, 7)
    Transaction.objects.filter(handler_no="peer").update(post_code="P2")
    old = alert_of(case)
    assert not look(old.rule, old.rule_version, old.subject_code, first, first + 6 * DAY).peers


def test_of_people_and_vehicles_days_are_counted_and_nobody_is_compared(town: Town):
    version = make_rule(subject_kind="vehicle", subject_column="plate")
    case = closed(town, version=version, subject_code="湘JF0018")
    first = today() - timedelta(days=50)
    hit(case, first)
    found = look(version.rule, version, "湘JF0018", first, first + 6 * DAY)
    assert (found.own.hits, found.own.amount, dict(found.peers)) == (1, 7, {})


def test_a_rule_that_is_off_says_nothing(town: Town):
    case = closed(town)
    old = alert_of(case)
    business(town, old.subject_code, today() - timedelta(days=50), 7)
    make_rule(old.rule.code, number=2, mode=RuleVersion.Mode.OFF)
    assert look(old.rule, old.rule_version, old.subject_code, today() - timedelta(days=50), today()).own.amount == 0


def test_each_week_is_measured_once_when_it_is_over(town: Town):
    case = closed(town, days_ago=30)
    watch = case.watches.get()
    follow_up()
    follow_up()
    weeks = list(watch.measurements.order_by("week").values_list("week", "first_day", "last_day"))
    assert [week for week, _first, _last in weeks] == [0, 1, 2, 3]
    assert weeks[1][1:] == (watch.from_day, watch.from_day + 6 * DAY)
    assert not measure(watch)
    with pytest.raises(IntegrityError), transaction.atomic():
        Measurement.objects.create(
            watch=watch,
            week=1,
            first_day=today(),
            last_day=today(),
            at=watch.closed_at,
            hits=0,
            amount=0,
            peers=0,
            peers_hits=0,
            peers_amount=0,
        )


@pytest.mark.parametrize(("hits", "rows", "verdict"), [(0, 2, "better"), (5, 2, "unchanged"), (0, 0, "too_little")])
def test_a_term_without_relapse_ends_with_a_verdict(town: Town, hits: int, rows: int, verdict: str):
    case = closed(town, days_ago=93)
    old, watch = alert_of(case), case.watches.get()
    business(town, old.subject_code, old.last_day - 9 * DAY, 10)
    for back in range(1, 4):
        hit(case, old.last_day - back * DAY)
    business(town, old.subject_code, watch.from_day, 20, rows)
    for number in range(hits):
        hit(case, watch.from_day + number * DAY)
    follow_up()
    watch.refresh_from_db()
    assert (watch.status, watch.verdict) == (Watch.Status.ENDED, verdict)
    assert case.entries.filter(kind="watch.ended").count() == 1
    told = [row["detail"] for row in bell_context(Viewer(case.handler))["rows"]]
    assert (f"{case.number} {case.title}" in told) == (verdict == "unchanged")
    tab = "met" if verdict == "better" else "open"
    page = logged_in(town.supervisor).get(f"/aftercare/?tab={tab}").content.decode()
    assert case.number in page
    assert "<svg" in page


def test_before_its_end_a_watch_goes_on(town: Town):
    case = closed(town, days_ago=91)
    follow_up()
    assert case.watches.get().status == Watch.Status.RUNNING


def test_the_figures_of_the_tabs_are_their_rows(town: Town):
    closed(town)
    response = logged_in(town.supervisor).get("/aftercare/?tab=running")
    assert [one["count"] for one in response.context["tabs"]] == [1, 0, 0, 0]
    assert len(response.context["rows"]) == 1
    for tab in ("relapsed", "met", "open"):
        assert not logged_in(town.supervisor).get(f"/aftercare/?tab={tab}").context["rows"]
