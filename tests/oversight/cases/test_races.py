"""Several at once on one case: one opens it, one signs, one closes, one step is taken; the others are told who was faster."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections

from ledger.kit.errors import Conflict
from oversight.cases import closing, parties
from oversight.cases.escalations.models import Escalation
from oversight.cases.escalations.overdue import escalate_overdue
from oversight.cases.models import Case
from oversight.cases.services import open_case
from tests.oversight.cases.town import make_town
from tests.oversight.cast import make_cast

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]


def at_once(*acts: Callable[[], object]) -> list[object]:
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


def test_one_of_two_wins_and_the_other_is_told_who_did():
    town = make_town(make_cast())
    alert = town.issued()
    given = {"alerts": [alert.number], "parties": town.parties}
    results = at_once(lambda: open_case(actor=town.supervisor, **given), lambda: open_case(actor=town.second, **given))
    case, late = sorted(results, key=lambda result: isinstance(result, Conflict))
    assert isinstance(case, Case)
    assert case.number in str(late)
    assert str(case.opened_by) in str(late)
    assert Case.objects.count() == 1

    lead = case.parties.get(part="lead").pk
    signed = [lambda: parties.sign(number=case.number, party=lead, actor=town.squad_leader)] * 2
    assert sorted(isinstance(result, Conflict) for result in at_once(*signed)) == [False, True]

    clock = datetime.now(UTC) + timedelta(days=60)
    assert sorted(at_once(*[lambda: escalate_overdue(now=clock)] * 3)) == [0, 0, 1]
    Escalation.objects.all().delete()

    parties.report_duty(number=case.number, party=lead, actor=town.squad_leader, work="已核查并整改到位")
    closing.propose_closing(number=case.number, actor=case.handler, outcome="confirmed", conclusion="经核查属实,已整改到位。")
    closers = [town.leader, town.other]
    results = at_once(*[lambda who=who: closing.decide_closing(number=case.number, actor=who, approve=True) for who in closers])
    assert sorted(isinstance(result, Conflict) for result in results) == [False, True]
    assert case.entries.filter(kind="case.closed").count() == 1
