"""Two at once on one measure: one of them wins, the other is told who it was, and no step is written twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from ledger.kit.errors import Conflict
from oversight.cases.models import CaseEntry
from oversight.measures.circulars.models import CircularRecipient
from oversight.measures.interviews.models import Interview
from tests.oversight.cast import make_cast
from tests.oversight.measures.building import act, day, make_town, proposed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]


def at_once(*acts: Callable[[], object]) -> list[object]:
    """What each returned; of one that came too late, its error."""

    def run(one: Callable[[], object]) -> object:
        try:
            return one()
        except Conflict as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_an_interview_is_decided_once_and_a_circular_is_issued_once():
    town = make_town(make_cast())
    one = proposed(town, "interviews")
    found = at_once(
        lambda: act(one, "approve", town.leader),
        lambda: act(one, "approve", town.inspector),
        lambda: act(one, "refuse", town.inspector, note="事实不清，补正"),
    )
    assert [isinstance(answer, Conflict) for answer in found].count(False) == 1
    assert CaseEntry.objects.filter(about=one.number).count() == 2
    assert Interview.objects.get().status in ("planned", "returned")

    circular = act(proposed(town, "circulars"), "review", town.inspector, review_note="同意")
    circular = act(circular, "decide", town.leader)
    given = {"document_no": "常公交通〔2026〕6号", "issued_on": day()}
    found = at_once(*[lambda who=who: act(circular, "issue", who, **given) for who in (town.proposer, *town.accepters)])
    assert [isinstance(answer, Conflict) for answer in found].count(False) == 1
    assert CircularRecipient.objects.count() == 2
