"""正常, 临期, 超期: parties, escalations and dispatches that wait say how they stand, and the lists find by it what the words say."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from oversight.cases import parties
from oversight.cases.clocks import CLOCKS, clock, ending, party_clock, soon_at
from oversight.cases.models import Approval, Case, Party
from oversight.cases.running import parties_by, with_terms
from oversight.cases.services import decide_dispatch, open_case
from oversight.orders.models import Order
from tests.oversight.cases.building import make_escalation
from tests.oversight.cases.test_running import working
from tests.oversight.cases.town import Town
from tests.oversight.cast import logged_in

pytestmark = pytest.mark.services
NOW = datetime(2026, 3, 5, 2, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("left", "term", "state"),
    [
        (2 * HOUR, 4 * HOUR, "normal"),
        (HOUR, 4 * HOUR, "soon"),
        (HOUR + MINUTE, 4 * HOUR, "normal"),
        (DAY, 20 * DAY, "soon"),
        (DAY + MINUTE, 20 * DAY, "normal"),
        (timedelta(0), 4 * HOUR, "overdue"),
        (-3 * DAY, DAY, "overdue"),
    ],
)
def test_the_database_finds_what_the_words_say(town: Town, left: timedelta, term: timedelta, state: str):
    due = NOW + left
    told = clock(due, begun_at=due - term, now=NOW)
    assert (told.state, told.ends) == (state, due)
    assert (soon_at(due - term, due) <= NOW) is (state != "normal")
    one = make_escalation(town.opened(), town.cast.detachment, raised_at=due - term, due_at=due)
    found = {key for key in CLOCKS if type(one).objects.filter(ending(key, due="due_at", begun="raised_at", now=NOW)).exists()}
    assert found == ({state} & set(CLOCKS))


def test_what_is_done_says_whether_it_was_in_time():
    assert [clock(NOW, begun_at=NOW - DAY, ended_at=NOW + late).text for late in (-MINUTE, MINUTE)] == ["按期办结", "超期办结"]


def lead(case: Case) -> Party:
    return with_terms(case.parties.all()).get(part="lead")


def test_the_term_of_a_party_begins_when_it_is_called_and_that_of_its_order_when_it_was_issued(town: Town):
    case = open_case(alerts=[town.issued("orange").number], actor=town.supervisor, parties=town.parties)
    Case.objects.filter(pk=case.pk).update(opened_at=datetime.now(UTC) - 90 * DAY)
    decide_dispatch(number=case.number, actor=town.leader, approve=True)
    # 4 hours to sign, of which all but one minute are left: near its end is only who counts from the day the case was opened.
    soon = party_clock(lead(case), datetime.now(UTC) + MINUTE)
    assert soon is not None
    assert soon.state == "normal"
    parties.sign(number=case.number, party=lead(case).pk, actor=town.squad_leader)
    order = working(town, case)
    issued = datetime.now(UTC) - 2 * DAY
    Order.objects.filter(pk=order.pk).update(issued_at=issued)
    assert lead(case).term_begun == issued
    assert lead(case).term_end == order.due_at


def figures(client: Client, address: str) -> dict[str, int]:
    """What the buttons of a list say, each of which is as many as the rows behind it and its tab say."""
    context = client.get(address).context
    for one in context["clocks"]:
        cut = client.get(one["url"]).context
        active = next(tab["count"] for tab in cut["tabs"] if tab["active"])
        assert one["count"] == active == cut["total"], one
        assert {row["deadline"].state for row in cut["rows"]} <= {one["state"]}
        assert sum(other["active"] for other in cut["clocks"]) == 1
    return {one["state"]: one["count"] for one in context["clocks"]}


def test_the_list_of_cases_counts_what_is_near_its_end_and_what_is_over(town: Town):
    now = datetime.now(UTC)
    for left in (timedelta(minutes=30), -HOUR, 30 * DAY):
        case = town.opened()
        case.parties.update(sign_due_at=now + 40 * DAY)
        case.parties.filter(part="lead").update(sign_due_at=now + left)
    assert figures(logged_in(town.supervisor), "/cases/") == {"overdue": 1, "soon": 0}
    with time_machine.travel(now + 25 * MINUTE, tick=False):
        client = logged_in(town.supervisor)
        assert figures(client, "/cases/") == {"overdue": 1, "soon": 1}
        near = client.get("/cases/?clock=soon").context["rows"][0]
        assert [party["deadline"].state for party in near["parties"]] == ["soon", "normal", "normal", "normal"]
        assert client.get("/cases/?tab=closed&clock=soon").context["empty"]["action_url"] == "/cases/?tab=closed"


def test_a_dispatch_that_waits_has_as_long_as_a_unit_has_to_sign(town: Town):
    alert = town.issued("red")
    case = open_case(alerts=[alert.number], actor=town.supervisor, parties=town.parties)
    asked = Approval.objects.get(about=case.number)
    assert asked.due_at is not None
    assert timedelta(0) <= asked.due_at - case.parties.get(part="lead").sign_due_at < MINUTE
    for after, state in ((MINUTE, "normal"), (100 * MINUTE, "soon"), (3 * HOUR, "overdue")):
        with time_machine.travel(asked.asked_at + after, tick=False):
            leader = logged_in(town.leader)
            assert figures(leader, "/cases/") == {key: int(key == state) for key in CLOCKS}
            page = leader.get(f"/cases/{case.number}/")
            assert page.content.decode().count('class="mj-due ') == page.content.decode().count(f'class="mj-due mj-due-{state}"') == 1
            assert leader.get("/").context["parts"][0].rows[0]["deadline"].state == state
            mine = logged_in(town.supervisor).get("/?tab=asked").context["parts"][0].rows[0]
            assert mine["deadline"].state == state
    with time_machine.travel(asked.asked_at + HOUR, tick=False):
        decide_dispatch(number=case.number, actor=town.leader, approve=True)
        done = logged_in(town.supervisor).get("/?tab=asked").context["parts"][0].rows[0]["deadline"]
    assert (done.state, done.text) == ("done", "按期办结")


def test_escalations_are_found_by_their_clock_in_each_tab(town: Town):
    client, now = logged_in(town.leader), datetime.now(UTC)
    made = [make_escalation(town.opened(), town.cast.detachment, raised_at=now - DAY, due_at=now + left) for left in (-HOUR, HOUR, 5 * DAY)]
    assert figures(client, "/cases/escalations/?tab=raised") == {"overdue": 1, "soon": 1}
    received = {"status": "supervised", "received_by": town.leader, "received_at": now}
    type(made[0]).objects.filter(pk=made[0].pk).update(**received)
    assert figures(client, "/cases/escalations/?tab=raised") == {"overdue": 0, "soon": 1}
    assert figures(client, "/cases/escalations/?tab=supervised") == {"overdue": 1, "soon": 0}
    finished = {"status": "finished", "finished_by": town.other, "finished_at": now}
    type(made[0]).objects.filter(pk=made[0].pk).update(**finished)
    assert figures(client, "/cases/escalations/?tab=finished") == {"overdue": 0, "soon": 0}
    assert client.get("/cases/escalations/?tab=finished").context["rows"][0]["deadline"].text == "超期办结"
    assert client.get("/cases/escalations/?tab=supervised&clock=soon").context["empty"]["action_url"].endswith("?tab=supervised")


def test_the_workbench_says_what_ends_first_and_tells_the_handler_what_runs_out(town: Town):
    now = datetime.now(UTC)
    calm, near, late = (town.opened() for _number in range(3))
    Party.objects.update(sign_due_at=now + 40 * DAY)
    for case, left in ((calm, 30 * DAY), (near, HOUR), (late, -HOUR)):
        Party.objects.filter(case=case, part="lead").update(sign_due_at=now + left)
    told = {}
    with time_machine.travel(now + 50 * MINUTE, tick=False):
        for who in (town.squad_leader, town.supervisor):
            rows = logged_in(who).get("/").context["parts"][0].rows
            told[who] = [(row["url"], row["deadline"].state) for row in rows]
    pressing = [(f"/cases/{late.number}/", "overdue"), (f"/cases/{near.number}/", "soon")]
    assert told[town.supervisor] == pressing
    assert told[town.squad_leader][:3] == [*pressing, (f"/cases/{calm.number}/", "normal")]
    # 承办人: the term of who supervises the case counts for its handler too, and for who supervises it.
    one = make_escalation(calm, town.cast.detachment, raised_at=now - DAY, due_at=now + 40 * MINUTE)
    with time_machine.travel(now + 50 * MINUTE, tick=False):
        mine, above = (logged_in(who).get("/").context["parts"][0].rows for who in (town.supervisor, town.leader))
    assert [(row["url"], row["deadline"].state) for row in mine][1] == (f"/cases/{calm.number}/", "overdue")
    assert [(row["url"], row["deadline"].state) for row in above] == [(f"/cases/{calm.number}/#{one.number}", "overdue")]


def test_parties_by_a_clock_of_which_an_order_runs(town: Town):
    case = town.opened()
    parties.sign(number=case.number, party=lead(case).pk, actor=town.squad_leader)
    order = working(town, case, sign_due_at=datetime.now(UTC) + HOUR, due_at=datetime.now(UTC) + 4 * HOUR)
    at = order.due_at - 30 * MINUTE
    assert list(parties_by("soon", at).filter(case=case)) == [lead(case)]
    assert not parties_by("soon", order.issued_at + HOUR).filter(case=case, part="lead").exists()
