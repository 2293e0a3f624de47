"""Misconduct that shows only in who meets whom: favoured companies and agents, closed circles, a reviewer who never looks."""

import numpy as np
import pandas as pd

from risk.evaluation.simulate import identities
from risk.evaluation.simulate.lines import registration
from risk.evaluation.simulate.scenarios import Change, Deed, Stage, in_turn, scenario
from risk.evaluation.simulate.scenarios.registration import CARS, window
from risk.evaluation.simulate.standard import LEVEL_OF_PAIRS

MONTHS_LONG = 90
HALF, DRAWS = 0.5, 20


def _at_window(stage: Stage, unit: str) -> pd.DataFrame:
    """Honest files of one window."""
    rows = stage.shared.honest
    return rows[(rows["line"] == "registration") & (rows["unit_code"] == unit) & (rows["post_code"] == "REG-A")]


def _clerks(stage: Stage, n: int) -> tuple[str, np.ndarray]:
    """A window, and clerks of it who together do half of its work at most: where they do most of it anyway, meeting them is no favour."""
    taken = stage.shared.taken

    def drawn() -> tuple[str, list[str], float]:
        unit = window(stage)
        holders = [no for no in stage.world.holders("REG-A", unit) if stage.world.kinds[no] == "auxiliary"]
        who = [str(no) for no in stage.rng.permutation(holders)[:n]]
        handlers = _at_window(stage, unit)["handler_no"]
        return unit, who, float(handlers.isin(who).mean()) if len(handlers) else 0.0

    unit, clerks, _part = min((drawn() for _ in range(DRAWS)), key=lambda one: (one[2] > HALF, len(taken & set(one[1]))))
    taken |= set(clerks)
    return unit, np.array(clerks)


@scenario("favoured_agency", wide=True)
def favoured_agency(stage: Stage) -> Deed:
    """A clerk to whom the files of one company are steered, past the queue; a second clerk stands in now and then."""
    unit, clerks = _clerks(stage, 2 if stage.vary("one_clerk", "two_clerks") == "two_clerks" else 1)
    rows = _at_window(stage, unit)
    usual = round(float(rows["handler_no"].isin(clerks).mean()), 2) if len(rows) else 0.2
    company, own = stage.plain(rows, "agency_code", MONTHS_LONG, usual, usual + (1 - usual) * 0.75, level=LEVEL_OF_PAIRS)
    own = own[stage.rng.random(len(own)) < stage.share(0.75)]
    chosen = stage.rng.choice(clerks, len(own), p=np.array([0.75, 0.25])[: len(clerks)] / np.array([0.75, 0.25])[: len(clerks)].sum())
    taken = stage.use(own)
    change = Change(taken, {"handler_no": chosen, "terminal": stage.world.terminals(chosen)})
    subjects = [("staff", no) for no in clerks] + [("agency", company), ("unit", unit)]
    return stage.deed([], subjects, rows=taken.tolist(), changes=[change])


@scenario("favoured_agent")
def favoured_agent(stage: Stage) -> Deed:
    """An agent who comes about twice a week for three months and always to the same clerk, but when another stands in; never more than a
    naive count allows.
    """
    unit, n = window(stage), stage.count(24, 32, least=6)
    rng, agent = stage.rng, str(identities.person_ids(stage.rng, 1)[0])
    clerk, *others = stage.partners(lambda: stage.holder("REG-A", unit, "auxiliary"), "one_clerk", "stand_in")
    part = stage.play(
        registration,
        stage.office(n, days=26, within=MONTHS_LONG),
        agency="",
        action=rng.choice(np.array(["transfer", "plate"]), n),
        unit_code=unit,
        handler_no=in_turn(n, clerk, clerk, clerk, *others),
        agent_id_no=agent,
        status="finished",
        **stage.world.vehicles(rng, n, only=CARS).to_dict("series"),
    )
    return stage.deed([part], [("agent", agent), *(("staff", number) for number in (clerk, *others)), ("unit", unit)])


@scenario("closed_circle", wide=True)
def closed_circle(stage: Stage) -> Deed:
    """Two clerks and three agents, or five, who do business with each other only, each pair seldom."""
    n = stage.count(42, 54, least=8)
    rng, agents = stage.rng, identities.person_ids(stage.rng, 3 if stage.way("three_agents", "five_agents") == "three_agents" else 5)
    unit, clerks = _clerks(stage, 2)
    part = stage.play(
        registration,
        stage.office(n, days=40, within=MONTHS_LONG),
        agency="",
        action=rng.choice(np.array(["transfer", "plate", "new"]), n),
        unit_code=unit,
        handler_no=rng.choice(clerks, n),
        agent_id_no=rng.choice(agents, n),
        status="finished",
        **stage.world.vehicles(rng, n, only=CARS).to_dict("series"),
    )
    people = [("staff", no) for no in clerks] + [("agent", str(no)) for no in agents]
    return stage.deed([part], [*people, ("unit", unit)])


@scenario("rubber_stamp", wide=True)
def rubber_stamp(stage: Stage) -> Deed:
    """An approver before whom nothing is ever returned: for months he approves whatever comes, also what should have gone back. The
    careful return one in six for show.
    """
    share = 0.95 if stage.way("returns_nothing", "returns_for_show") == "returns_nothing" else 0.83
    rows, usual = stage.shared.honest, registration.RETURNED
    rows = rows[(rows["line"] == "registration") & rows["action"].isin(["new", "transfer", "change"])]
    approver, own = stage.plain(rows, "approver_no", 63, usual, usual * (1 - share), spread=0.3)
    bad = own[(own["status"] == "returned") & (stage.rng.random(len(own)) < stage.share(share))]
    same = {name: bad[name].to_numpy() for name in (*registration.CARRIED, "handler_no", "approver_no")}
    instead = stage.play(registration, bad["accepted"].to_numpy(), status="finished", **same)
    approved = stage.use(own[own["status"] != "returned"])
    return stage.deed([instead], [("staff", approver), ("post", "REG-C")], rows=approved.tolist(), dropped=stage.use(bad).tolist())
