"""The business of a subject out of the columnar copy: weeks, counterparts, the network and its drawing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from django.conf import settings
from django.test import Client

from ledger.columns.hashing import key64
from ledger.columns.models import ColumnFile
from ledger.columns.services import rebuild
from ledger.journal.models import Transaction
from ledger.roster.models import Role
from oversight.business.addresses import key_of, key_text, subject_url, transaction_url
from oversight.business.drawing import Label, network_drawing, weeks_drawing
from oversight.business.networks import MOST_ASIDE, MOST_NODES, network
from tests.builders import make_agency, make_alert, make_rule, make_staff, make_transaction, make_user
from tests.oversight.cast import Cast, logged_in

AGENT, OTHER_AGENT, PLATE = "430702199001010018", "430702199202020026", "湘JF0018"


def rows_of(*told: tuple[int, int, str, str]) -> pd.DataFrame:
    """(day, agent, agency, handler)"""
    frame = pd.DataFrame(told, columns=["day", "agent", "agency", "handler"])
    return frame.assign(agency=frame["agency"].astype("category"), handler=frame["handler"].astype("category"))


@pytest.fixture
def business(cast: Cast) -> str:
    """Ten days of one agency with two agents and two handlers, a third handler in another brigade; the agency's code."""
    agency = make_agency(cast.first, code="A-1", name="众诚代办点")
    make_staff(cast.first, staff_no="072618", name="梁某")
    now = datetime.now(UTC)
    for day in range(10):
        for part in range(2):
            make_transaction(
                cast.first,
                agency_code=agency.code,
                agent_id_no=AGENT if day < 7 else OTHER_AGENT,
                handler_no="072618" if day < 8 else "072619",
                accepted_at=now - timedelta(days=7 * day, minutes=part),
            )
    make_transaction(cast.second, agency_code=agency.code, agent_id_no=AGENT, handler_no="072620", accepted_at=now)
    make_transaction(cast.first, agency_code=agency.code, accepted_at=now - timedelta(days=200))
    rebuild()
    return agency.code


@pytest.mark.services
def test_an_agency_is_told_with_its_weeks_counterparts_and_network(supervisor: Client, business: str):
    page = supervisor.get(subject_url("agency", business))
    context = page.context
    assert (context["total"], context["days"]) == (21, 90)
    assert [bar["number"] for bar in context["weeks"]["bars"]] == [0, 0, 0, *[2] * 9, 3]
    handlers, agents = (context["sides"][place] for place in (0, 1))
    assert [(one["visits"], one["rows"]) for one in handlers["rows"]] == [(8, 16), (2, 4), (1, 1)]
    assert [(one["visits"], one["rows"]) for one in agents["rows"]] == [(7, 15), (3, 6)]
    assert len(context["network"]["nodes"]) == 5
    text = page.content.decode()
    assert AGENT not in text and "梁某 0726**" in text and key_text(key64(AGENT)) in text
    assert supervisor.get(f"{subject_url('agency', business)}?days=365").context["total"] == 22


@pytest.mark.services
@pytest.mark.parametrize(
    ("kind", "code", "total"),
    [("staff", "072618", 16), ("agent", AGENT, 15), ("vehicle", PLATE, 21)],
)
def test_staff_agents_and_vehicles_have_such_a_page(supervisor: Client, business: str, kind: str, code: str, total: int):
    page = supervisor.get(subject_url(kind, code if kind == "staff" else key_text(key64(code))))
    assert page.context["total"] == total
    assert (page.context["network"] is None) == (kind == "vehicle")
    assert AGENT not in page.content.decode() and PLATE not in page.content.decode()


@pytest.fixture
def places(cast: Cast) -> None:
    """Business at two terminals of the first brigade and one of the second; a seat, a car and an inspection line of one number."""
    now = datetime.now(UTC)
    for day in range(4):
        told = {"handler_no": f"0726{18 + day % 2}", "post_code": "P-1", "accepted_at": now - timedelta(days=day)}
        make_transaction(cast.first, terminal="10.1.2.3" if day else "T/9", **told)
    make_transaction(cast.second, terminal="10.1.2.3", handler_no="072630", accepted_at=now)
    make_transaction(cast.first, line="exam", action="subject1", attrs={"seat": "3"}, accepted_at=now)
    make_transaction(cast.first, line="exam", action="subject3", attrs={"car_no": "3"}, accepted_at=now)
    make_transaction(cast.first, line="inspection", action="periodic", attrs={"line_no": "3"}, accepted_at=now)
    rebuild()


@pytest.mark.services
def test_units_posts_and_terminals_have_such_a_page(supervisor: Client, cast: Cast, places: None):
    wanted = {
        ("unit", cast.first.code): 7,
        ("post", "P-1"): 4,
        ("terminal", "10.1.2.3"): 4,
        ("terminal", "T/9"): 1,
        **{(kind, "3"): 1 for kind in ("seat", "car", "lane")},
        ("terminal", "3"): 0,
    }
    assert {one: supervisor.get(subject_url(*one)).context["total"] for one in wanted} == wanted
    page = supervisor.get(subject_url("unit", cast.first.code)).context
    assert (page["title"], sum(line["number"] for line in page["lines"])) == (cast.first.name, 7)
    assert {row["label"] for row in page["sides"][0]["rows"]} >= {"0726**"}
    below = supervisor.get(subject_url("unit", cast.detachment.code)).context["below"]
    assert {one["url"] for one in below} >= {subject_url("unit", cast.first.code), subject_url("unit", cast.second.code)}


@pytest.mark.services
def test_who_oversees_one_brigade_counts_its_part_of_a_terminal_and_is_led_to_no_other_unit(cast: Cast, places: None):
    client = logged_in(make_user(Role.SUPERVISOR, cast.first))
    assert client.get(subject_url("terminal", "10.1.2.3")).context["total"] == 3
    assert client.get(subject_url("unit", cast.second.code)).context["total"] == 0
    assert client.get(subject_url("unit", cast.detachment.code)).context["below"] == [
        {"label": cast.first.name, "url": subject_url("unit", cast.first.code)}
    ]


@pytest.mark.services
def test_alerts_about_units_and_terminals_lead_to_their_page_which_lists_what_the_reader_may_see(cast: Cast, places: None):
    me = make_user(Role.SUPERVISOR, cast.detachment)
    client = logged_in(me)
    for column, kind, code, page in (
        ("unit", "unit", cast.first.code, "unit"),
        ("terminal", "terminal", "10.1.2.3", "terminal"),
        ("attr.line_no", "terminal", "3", "lane"),
    ):
        version = make_rule(subject_kind=kind, subject_column=column)
        alert = make_alert(cast.first, version=version, subject_code=code)
        make_alert(cast.first, version=version, subject_code=code, recused=[me.staff_no], bucket=1)
        address = subject_url(page, code)
        facts = client.get(f"/alerts/{alert.number}/").context["alert"]["facts"]
        assert [fact["url"] for fact in facts if fact["url"]] == [address]
        assert [one["number"] for one in client.get(address).context["alerts"]] == [alert.number]
    assert client.get(subject_url("seat", "3")).context["alerts"] == []


@pytest.mark.services
def test_alerts_about_a_unit_without_business_of_its_own_are_listed_too(supervisor: Client, cast: Cast):
    alert = make_alert(cast.detachment, version=make_rule(subject_kind="unit", subject_column="unit"), subject_code=cast.detachment.code)
    assert alert.number in supervisor.get(subject_url("unit", cast.detachment.code)).content.decode()


@pytest.mark.services
def test_search_and_transaction_lead_to_the_pages_of_unit_post_and_terminal(supervisor: Client, cast: Cast, places: None):
    terminal, unit = subject_url("terminal", "10.1.2.3"), subject_url("unit", cast.first.code)
    found = supervisor.get(f"/ledger/?q=10.1.2.3&unit={cast.first.code}").context["subjects"]
    assert [one["url"] for one in found] == [terminal, unit]
    for asked in (cast.first.name, cast.first.code):
        found = supervisor.get("/ledger/", {"q": asked}).context
        assert ([one["url"] for one in found["subjects"]], len(found["rows"])) == ([unit], 7)
    row = Transaction.objects.filter(terminal="10.1.2.3", unit_code=cast.first.code)[0]
    page = supervisor.get(transaction_url(row)).content.decode()
    assert all(f'href="{url}"' in page for url in (terminal, unit, subject_url("post", "P-1")))


def test_alerts_about_an_agent_or_a_vehicle_stand_on_its_page_for_those_who_see_them(supervisor: Client, cast: Cast, business: str):
    about = {}
    for kind, code in (("agent", AGENT), ("vehicle", PLATE)):
        about[kind] = make_alert(cast.first, version=make_rule(f"T-{kind}", subject_kind=kind), subject_code=code)
        make_alert(cast.second, subject_code="072699")
        page = subject_url(kind, key_text(key64(code)))
        told = supervisor.get(page)
        assert [one["number"] for one in told.context["alerts"]] == [about[kind].number]
        assert code not in told.content.decode()
    page = subject_url("agent", key_text(key64(AGENT)))
    elsewhere = logged_in(make_user(Role.SUPERVISOR, cast.second)).get(page)
    assert (elsewhere.context["total"], elsewhere.context["alerts"]) == (1, [])
    assert supervisor.get(subject_url("agent", key_text(key64("nobody")))).context["alerts"] == []
    assert supervisor.get(subject_url("staff", "072618")).context["alerts"] is None


def test_only_the_business_of_overseen_units_is_counted_and_none_looks_like_nobody(cast: Cast, business: str):
    client = logged_in(make_user(Role.SUPERVISOR, cast.second))
    page = client.get(subject_url("agency", business))
    assert page.context["total"] == len(page.context["latest"]) == 1
    assert [one["label"] for one in page.context["sides"][0]["rows"]] == ["0726**"]
    hidden, unknown = (client.get(subject_url("agent", key_text(key64(who)))) for who in (OTHER_AGENT, "nobody"))
    assert hidden.context["total"] == unknown.context["total"] == 0
    assert client.get("/ledger/subjects/agent/xyz/").status_code == client.get("/ledger/subjects/planet/1/").status_code == 404


def test_a_missing_file_of_the_copy_is_told_and_no_fault(supervisor: Client, business: str):
    for path in ColumnFile.objects.values_list("path", flat=True):
        (Path(settings.VAR_DIR) / "columns" / path).unlink()
    answer = supervisor.get(subject_url("agency", business))
    assert answer.status_code == 503
    rebuild()


def test_a_key_in_an_address_comes_back_and_nothing_else_is_one():
    for key in (0, 1, -1, 2**63 - 1, -(2**63), key64(AGENT)):
        assert key_of(key_text(key)) == key
    assert key_of("F" * 16) is None and key_of("1") is None and key_of("0x" + "0" * 14) is None


def test_a_visit_is_a_day_and_links_join_those_that_met():
    rows = rows_of((1, 11, "A", "x"), (1, 11, "A", "x"), (2, 11, "A", "y"), (2, 22, "", "x"), (3, 0, "B", "x"))
    found = network(rows, ("agent", "agency"))
    assert [(tie.column, tie.code, tie.visits, tie.rows) for tie in found.ties] == [
        ("agent", 11, 2, 3),
        ("agent", 22, 1, 1),
        ("agency", "A", 2, 3),
        ("agency", "B", 1, 1),
    ]
    assert [(link.one, link.other, link.visits) for link in found.links] == [(0, 2, 2)]


@pytest.mark.parametrize("seed", range(3))
def test_the_network_keeps_the_strongest_has_at_most_forty_nodes_and_does_not_depend_on_the_order_of_rows(seed: int):
    chance = np.random.default_rng(seed)
    agents, handlers = int(chance.integers(1, 90)), int(chance.integers(1, 90))
    told = [
        (int(chance.integers(0, 90)), int(chance.integers(1, agents + 1)), "A", f"h{chance.integers(handlers)}") for _row in range(1500)
    ]
    rows = rows_of(*told)
    found = network(rows, ("agent", "handler"))
    assert len(found.ties) <= MOST_NODES - 1 and all(len(found.side(side)) <= MOST_ASIDE for side in ("agent", "handler"))
    assert network(rows.sample(frac=1, random_state=seed), ("agent", "handler")) == found
    weakest, kept = min(tie.visits for tie in found.side("agent")), {tie.code for tie in found.side("agent")}
    left_out = rows[~rows["agent"].isin(kept)].groupby("agent")["day"].nunique()
    assert all(visits <= weakest for visits in left_out)


def test_the_drawing_is_the_same_for_the_same_and_covers_no_label_with_another():
    rows = rows_of(*((day, agent, "A", f"h{agent % 9}") for agent in range(1, 30) for day in range(agent)))
    found = network(rows, ("agent", "handler"))
    labels = [Label(str(tie.code), str(tie.code), "/") for tie in found.ties]
    drawing = network_drawing(found, ("agent", "handler"), labels)
    assert drawing is not None and drawing == network_drawing(found, ("agent", "handler"), labels)
    for side in ("agent", "handler"):
        heights = [node["y"] for node in drawing["nodes"] if node["side"] == side]
        assert all(later - earlier >= 20 for earlier, later in zip(heights, heights[1:], strict=False))
        assert min(heights) > 30 and max(heights) < drawing["height"]
    widths = [spoke["width"] for spoke in drawing["spokes"]]
    assert max(widths) == 6 and min(widths) >= 1
    assert network_drawing(network(rows[:0], ("agent",)), ("agent", "handler"), []) is None


def test_the_highest_week_fills_the_height_and_no_week_has_no_bar():
    drawing = weeks_drawing([("01-01", 0), ("01-08", 5), ("01-15", 10)])
    assert [bar["height"] for bar in drawing["bars"]] == [0, 32, 64]
    assert weeks_drawing([("01-01", 0)])["bars"][0]["height"] == 0
