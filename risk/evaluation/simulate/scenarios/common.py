"""Misconduct that belongs to no line: accounts, posts, complaints."""

import numpy as np

from risk.evaluation.simulate import plan
from risk.evaluation.simulate.clocks import DAY, day_of, text, wall
from risk.evaluation.simulate.lines import registration, violation
from risk.evaluation.simulate.scenarios import Deed, NoRoom, Stage, in_turn, scenario
from risk.evaluation.simulate.scenarios.registration import window

WIDE = {ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"}


@scenario("ghost_account")
def ghost_account(stage: Stage) -> Deed:
    """A second account of an officer, one number written in wide digits, through which files go that nobody is to answer for."""
    n, unit = stage.count(5, 9), window(stage)
    officer = stage.holder("REG-A", unit)
    part = stage.play(
        registration,
        stage.office(n, **stage.pace(6, 25, seldom=(n, 75))),
        action="transfer",
        unit_code=unit,
        handler_no=officer,
        status="finished",
    )
    part.frame["handler_no"] = officer.translate(WIDE)
    return stage.deed([part], [("staff", officer), ("unit", unit), ("post", "REG-A")])


@scenario("leaver_account")
def leaver_account(stage: Stage) -> Deed:
    """The account of somebody who has left and holds no post any more, used by a colleague."""
    n = stage.count(4, 7)
    waiting = [entry for entry in stage.world.detachment.reserve if entry[1] == "REG-A"]
    leaver, post, unit = waiting[stage.times(0, len(waiting) - 1)]
    if leaver in stage.shared.taken:
        raise NoRoom
    stage.shared.taken.add(leaver)
    accepted = stage.office(n, **stage.pace(6, 28, seldom=(n, 75)))
    left = day_of(int(accepted.min()) - int(stage.rng.integers(5, 20)) * DAY)
    part = stage.play(registration, accepted, action="plate", unit_code=unit, handler_no=leaver, status="finished")
    held = [(leaver, post, unit, "2022-03-01", left.isoformat())]
    return stage.deed([part], [("staff", leaver), ("unit", unit), ("post", post)], postings=held)


@scenario("out_of_post")
def out_of_post(stage: Stage) -> Deed:
    """A clerk of the desk next door who does another's work on another's account rights, day after day or now and then."""
    n, unit = stage.count(10, 15, least=3), window(stage)
    clerk = stage.one([no for no in stage.world.holders("REG-D", unit) if no not in stage.world.holders("REG-A", unit)])
    part = stage.play(
        registration,
        stage.office(n, **stage.pace(10, 25, seldom=(n, 75))),
        action="plate",
        unit_code=unit,
        handler_no=clerk,
        status="finished",
    )
    return stage.deed([part], [("staff", clerk), ("unit", unit), ("post", "REG-A")])


def _complaint(stage: Stage, number: int, received: int, unit: str, staff: str, rectified: int | None) -> dict[str, str]:
    moments = text(np.array([received, rectified or 0]))
    return {
        "complaint_no": f"TSX{stage.rng.integers(10**8):08d}{number}",
        "received_at": str(moments[0]),
        "channel": str(stage.rng.choice(np.array(["12345", "12389", "hall"]))),
        "unit_code": unit,
        "staff_no": staff,
        "category": str(stage.rng.choice(np.array(["1", "5", "6"]))),
        "serial_no": "",
        "content": "",
        "rectified_at": str(moments[1]) if rectified else "",
        "revisited_at": "",
        "revisit_result": "",
    }


@scenario("complaints_buried")
def complaints_buried(stage: Stage) -> Deed:
    """Complaints against one office left unanswered for two months; the careful answer in the sixth week, before anybody asks."""
    n, unit = stage.count(3, 5, least=2), window(stage)
    latest = stage.world.stop - 40 * DAY
    if latest <= wall(stage.world.first_day):
        raise NoRoom
    received = np.sort(stage.rng.integers(max(wall(stage.world.first_day), latest - 90 * DAY), latest, n))
    closed = received + stage.rng.integers(*((45, 80) if stage.way("for_months", "sixth_week") == "for_months" else (36, 43)), n) * DAY
    known = [int(end) if end < stage.world.stop else None for end in closed]
    made = [_complaint(stage, i, int(received[i]), unit, "", known[i]) for i in range(n)]
    return stage.deed([], [("unit", unit)], complaints=made)


@scenario("complained_of_again")
def complained_of_again(stage: Stage) -> Deed:
    """One officer of whom citizens complain month after month or over half a year, each time settled with an apology."""
    n, unit = stage.count(5, 7, least=3), stage.one(list(plan.VIOLATION_WINDOWS))
    officer = stage.holder("VIO-D", unit)
    received = stage.office(n, **stage.pace(n, 75, seldom=(n, 140)))
    made = [_complaint(stage, i, int(received[i]), unit, officer, int(received[i]) + 5 * DAY) for i in range(n)]
    made = [one if one["rectified_at"] < str(text(np.array([stage.world.stop]))[0]) else one | {"rectified_at": ""} for one in made]
    return stage.deed([], [("staff", officer), ("unit", unit)], complaints=made)


@scenario("camera_by_patrol")
def camera_by_patrol(stage: Stage) -> Deed:
    """A patrol officer, or two by turns, who settle camera violations at a window where they have no post."""
    n, unit = stage.count(8, 12, least=3), stage.one(list(plan.VIOLATION_WINDOWS))
    officers = stage.partners(lambda: stage.holder("VIO-A", stage.one(list(plan.ROAD_SQUADS))))
    part = stage.play(violation, stage.office(n, days=8, within=25), action="camera", unit_code=unit, handler_no=in_turn(n, *officers))
    return stage.deed([part], [*(("staff", number) for number in officers), ("unit", unit), ("post", "VIO-D")])
