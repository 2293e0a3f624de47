"""A year of cases, played through the services by chance of a fixed seed: what every list counts is what it lists, and what was played."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest
import time_machine
from django.test import Client

from ledger.kit.days import day_start, today
from ledger.roster.models import RoleGrant
from oversight.aftercare.running import follow_up
from oversight.cases import closing, parties
from oversight.cases.escalations.overdue import escalate_overdue
from oversight.cases.models import Case
from oversight.cases.services import open_case
from oversight.cases.work import decisions_waiting
from oversight.documents.services import make_document
from oversight.measures.catalogue import KINDS
from oversight.measures.figures import figures
from oversight.orders import responding, reviewing, services
from oversight.orders.prefill import problems_of
from oversight.viewer import Viewer
from risk.alerts.models import Alert
from risk.rules.models import RuleVersion
from tests.builders import make_alert, make_rule, make_staff
from tests.oversight.cases.town import Town
from tests.oversight.cases.year_measures import COUNTED, Measures, trip_breakers
from tests.oversight.cast import logged_in

SEED, CASES, EVERY = 20260101, 40, timedelta(days=9)
DOCUMENTS = 3
NOTE = "经核查属实,已整改到位并完善制度。"
FATES = ("asked", "handling", "handling", "proposed", "closed", "closed", "closed", "reopened")
ORDERS = ("", "issued", "working", "answered", "closed", "withdrawn")
ANSWER = {"cause": "退办未经第二人复核", "measures": "退办一律先复核", "result": "3笔已核对", "responsible": "魏某"}


@dataclass
class Year:
    """What is played, and where each thing ends: {list: {tab: numbers}}."""

    town: Town
    chance: Random
    measures: Measures
    rule: RuleVersion
    first: date
    end: date
    ended: dict[str, dict[str, list[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    handling: list[str] = field(default_factory=list)
    alerts: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def play(self) -> None:
        for place in range(CASES):
            moment = day_start(self.first + place * EVERY) + timedelta(hours=self.chance.randrange(9, 17))
            with time_machine.travel(moment, tick=False):
                self.one(moment)
        stopped, warned = trip_breakers(self.town, self.chance, day_start(self.end))
        for tab, number in stopped:
            self.ended["breakers"][tab].append(number)
        self.alerts["issued"] += warned

    def one(self, moment: datetime) -> None:
        """A case about somebody of its own, taken as far as chance will have it."""
        fate = self.chance.choice(FATES)
        level = "orange" if fate == "asked" else self.chance.choice(("blue", "yellow", "orange"))
        subject = make_staff(self.town.squad, kind=self.chance.choice(("officer", "auxiliary"))).staff_no
        alert = make_alert(self.town.squad, version=self.rule, subject_code=subject, level=level, status="issued", raised_at=moment)
        if fate == "asked":
            made = open_case(alerts=[alert.number], actor=self.town.supervisor, parties=self.town.parties)
            self.ended["cases"]["handling"].append(made.number)
            self.ended["decisions"]["leader"].append(made.number)
            self.alerts["issued"] += 1
            return
        case = self.town.opened(alerts=[alert])
        self.order(case, self.chance.choice(ORDERS if fate in ("handling", "reopened") else ("", "closed", "withdrawn")), fate)
        if fate != "handling":
            self.to_closing(case, fate)
        if fate == "reopened":
            closing.reopen_case(number=case.number, actor=self.town.leader, note="重新核查一次")
        running = fate in ("handling", "reopened")
        self.ended["cases"]["handling" if running else fate].append(case.number)
        self.alerts["closed" if fate == "closed" else "assigned"] += 1
        if running:
            self.handling.append(case.number)
            for code, tab, number in self.measures.deal(case):
                self.ended[code][tab].append(number)
            if len(self.ended["documents"][""]) < DOCUMENTS:
                made = make_document(kind="assignment", about=case.number, actor=self.town.leader)
                self.ended["documents"][""].append(made.document.number)
        elif fate == "proposed":
            if level != "orange":
                self.ended["decisions"]["second"].append(case.number)
            self.ended["decisions"]["leader"].append(case.number)

    def order(self, case: Case, end: str, fate: str) -> None:
        """An order to the lead unit; one of a case that is closed on the way must have ended."""
        end = "closed" if end and fate == "reopened" else end
        if not end:
            return
        lead, who = case.parties.get(part="lead"), self.town.squad_leader
        given = {"requirement": "逐笔说明退办理由", "problems": problems_of(case)}
        number = services.issue_order(case=case, party=lead, actor=self.town.supervisor, **given).number
        if end == "withdrawn":
            services.withdraw(number=number, actor=self.town.supervisor, note="与另一整改单重复")
        elif end != "issued":
            services.sign(number=number, actor=who)
        if end in ("answered", "closed"):
            responding.send_report(number=number, actor=who, typed=ANSWER | {"done_on": f"{today()}"}, version=0, stage="final")
        if end == "closed":
            reviewing.accept(number=number, actor=self.town.second, note="已核验台账，属实")
        self.ended["orders"][end].append(number)

    def to_closing(self, case: Case, fate: str) -> None:
        lead, who = case.parties.get(part="lead"), self.town.squad_leader
        if lead.status == "waiting":
            parties.sign(number=case.number, party=lead.pk, actor=who)
        if lead.status != "done":
            parties.report_duty(number=case.number, party=lead.pk, actor=who, work="已核查并约谈当事人")
        outcome = self.chance.choice(("confirmed", "partly", "unfounded"))
        closing.propose_closing(number=case.number, actor=self.town.supervisor, outcome=outcome, conclusion=NOTE)
        if fate == "proposed":
            return
        closer = self.town.leader if case.level == "orange" else self.town.second
        closing.decide_closing(number=case.number, actor=closer, approve=True)
        if outcome == "unfounded":
            return
        over = today() + timedelta(days=90 + 2) <= self.end
        self.ended["watches"]["open" if over or fate == "reopened" else "running"].append(case.number)


def listed(client: Client, url: str, rows: Callable[[Any], Iterable[str]]) -> tuple[dict[str, int], list[str]]:
    """The figure of each tab by its place, and the rows of the open one over all its pages."""
    response = client.get(url)
    figures_of = {str(one["url"]): one["count"] for one in response.context["tabs"]}
    found = list(rows(response.context))
    while response.context["next_url"]:
        response = client.get(response.context["next_url"])
        found += rows(response.context)
    return figures_of, found


def numbers(context: Any) -> list[str]:
    return [row["number"] for row in context["rows"]]


def of_groups(context: Any) -> list[str]:
    return [row["number"] for group in context["groups"] for row in group["rows"]]


def of_cases(context: Any) -> list[str]:
    return [row["case"] for row in context["rows"]]


def every_figure_equals_its_list(town: Town, year: Year) -> None:
    """Those of the yearly report; each person and agency was played once, so that persons are measures."""
    leader, found = logged_in(town.leader), figures(town.leader, year.first, year.end)
    for name, one in found.items():
        shown = leader.get(one["url"]).context
        assert one["count"] == shown["total"] == len(shown["rows"]), name
    for names, (code, tabs) in COUNTED.items():
        assert sum(found[name]["count"] for name in names) == sum(len(year.ended[code][tab]) for tab in tabs) > 0, names


@pytest.fixture
def year(town: Town) -> Year:
    """Ended yesterday: no term of it runs out between two of the questions asked."""
    end = today()
    chance = Random(SEED)
    measures = Measures.of(town, chance)
    RoleGrant.objects.update(valid_from=end - timedelta(days=730))
    played = Year(town, chance, measures, make_rule(), end - CASES * EVERY, end)
    played.play()
    follow_up()
    escalate_overdue()
    return played


def test_every_figure_of_a_year_equals_its_list_and_what_was_played(town: Town, year: Year):
    client = logged_in(town.second)
    pages: dict[str, tuple[str, tuple[str, ...], Callable[[Any], list[str]]]] = {
        "cases": ("/cases/", ("handling", "proposed", "closed"), numbers),
        "orders": ("/orders/", ("issued", "working", "answered", "closed", "withdrawn"), of_groups),
        "watches": ("/aftercare/", ("running", "relapsed", "met", "open"), of_cases),
        "breakers": ("/breakers/", ("open", "half_open", "closed", "reviews"), numbers),
    }
    pages |= {code: (f"/measures/{code}/", tuple(tab.key for tab in kind.tabs), numbers) for code, kind in KINDS.items()}
    for name, (address, tabs, rows) in pages.items():
        for tab in tabs:
            counts, found = listed(client, f"{address}?tab={tab}", rows)
            assert counts[f"{address}?tab={tab}"] == len(found), (name, tab)
            assert sorted(found) == sorted(year.ended[name][tab]), (name, tab)
    assert sum(len(found) for found in year.ended["cases"].values()) == Case.objects.count() == CASES
    # Each that is still being handled was late for its parties, and was raised once.
    counts, found = listed(client, "/cases/escalations/?tab=raised", lambda context: [row["case"] for row in context["rows"]])
    assert counts["/cases/escalations/?tab=raised"] == len(found)
    assert sorted(found) == sorted(year.handling)
    for who in ("second", "leader"):
        lines = decisions_waiting(Viewer(getattr(town, who), ""))
        assert sorted(line["title"].split()[0] for line in lines) == sorted(year.ended["decisions"][who]), who
    assert {status: Alert.objects.filter(status=status).count() for status in year.alerts} == dict(year.alerts)
    assert year.measures.left == [] and all(year.ended["breakers"].values())
    assert sorted(row["number"] for row in client.get("/documents/").context["rows"]) == sorted(year.ended["documents"][""]) != []
    every_figure_equals_its_list(town, year)
