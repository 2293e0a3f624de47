"""A few transactions around one moment, for a detachment that is being watched live."""

from collections.abc import Callable
from datetime import datetime, timedelta
from types import ModuleType
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from risk.evaluation.simulate import plan
from risk.evaluation.simulate import rows as rowing
from risk.evaluation.simulate.clocks import DAY, text, wall
from risk.evaluation.simulate.demand import shares
from risk.evaluation.simulate.history import labels
from risk.evaluation.simulate.lines import accident, exam, inspection, registration, violation
from risk.evaluation.simulate.roster import Detachment
from risk.evaluation.simulate.rows import Rows, wish
from risk.evaluation.simulate.scenarios import Shared, Stage
from risk.evaluation.simulate.scenarios.live import bursts
from risk.evaluation.simulate.tables import SHIFTS, Output
from risk.evaluation.simulate.world import World

SHANGHAI = ZoneInfo("Asia/Shanghai")
OLDEST_MINUTES = 90
DARK = 7200
Build = Callable[[World, np.random.Generator, pd.DataFrame], Rows]
# line and action: weight, where it is handled; windows and exam groups only while they are open
ROUND_THE_CLOCK: dict[tuple[ModuleType, str], tuple[float, dict[str, float]]] = {
    (violation, "onsite"): (10, plan.ROAD_SQUADS),
    (violation, "impound"): (1, plan.ROAD_SQUADS),
    (accident, "report"): (2, plan.ACCIDENT_SQUADS),
    (accident, "survey"): (1, plan.ACCIDENT_SQUADS),
}
OFFICE: dict[tuple[ModuleType, str], tuple[float, dict[str, float]]] = {
    **{(registration, action): (share / 5, plan.REGISTRATION_WINDOWS) for action, share in registration.ACTIONS.items()},
    **{(exam, subject): (share / 6, {plan.EXAM_GROUPS[subject]: 1.0}) for subject, share in exam.FIRST_TESTS.items()},
    (inspection, "periodic"): (7, {plan.INSPECTION_CENTRE: 1.0}),
    (inspection, "online"): (4, {plan.INSPECTION_CENTRE: 1.0}),
    (violation, "camera"): (20, plan.VIOLATION_WINDOWS),
    (violation, "entry"): (11, violation.ENTRY_UNITS),
}


def trickle(detachment: Detachment, *, now: datetime, count: int, misconduct: float = 0.0, seed: int = 1) -> Output:
    """`count` honest transactions accepted in the last hour and a half of opening before `now` (naive: Shanghai time), and with probability
    `misconduct` a small burst on top that a live rule must notice.

    Serial numbers carry the day and ten hexadecimal digits drawn by `now` to the microsecond: other calls give other numbers, the same call
    repeated gives the same rows.
    """
    local = now.astimezone(SHANGHAI).replace(tzinfo=None) if now.tzinfo else now
    moment = wall(local)
    salt = moment * 1_000_000 + local.microsecond
    world = World(detachment, local.date() - timedelta(days=1), local.date(), max(count, 1), seed, stop=moment + 1, salt=salt)
    opened = int(np.diff(world.clock.working(np.array([moment // DAY * DAY, moment])))[0]) if world.clock.is_open(moment) else 0
    parts = _honest(world, moment, count, opened)
    rng = world.rng("burst")
    deeds = []
    if rng.random() < misconduct:
        choices = bursts(opened=opened, dark=_dark(world, moment))
        deeds = [choices[int(rng.integers(len(choices)))](Stage(world, rng, Shared(pd.DataFrame())), moment)]
    joined = rowing.join(parts + [part for deed in deeds for part in deed.parts])
    serials = _serials(world.rng("serials"), joined.frame)
    table, steps, _ = rowing.tables(joined, world.stop, serials)
    return Output(table, steps, pd.DataFrame(columns=SHIFTS), labels(deeds, serials))


def _honest(world: World, moment: int, count: int, opened: int) -> list[Rows]:
    """Honest rows of what is open now, accepted up to ninety minutes ago but not before opening."""
    rng = world.rng("trickle")
    open_now = ROUND_THE_CLOCK | (OFFICE if opened else {})
    kinds = list(open_now)
    weight = np.array([open_now[kind][0] for kind in kinds])
    chosen = rng.choice(len(kinds), count, p=weight / weight.sum())
    parts = []
    for index in np.unique(chosen):
        (line, action), n = kinds[index], int((chosen == index).sum())
        oldest = min(OLDEST_MINUTES * 60, opened or OLDEST_MINUTES * 60)
        age = rng.integers(0, oldest, n)
        office = (line, action) in OFFICE
        accepted = world.clock.later(np.full(n, moment), -age) if office else moment - age
        wished = wish(n, accepted=np.sort(accepted), action=action, unit_code=shares(rng, n, open_now[line, action][1]))
        parts.append(line.build(world, rng, wished))
    return parts


def _dark(world: World, moment: int) -> bool:
    """Whether no office anywhere is open within two hours of the moment."""
    clocks = [world.clock, *world.shift_clocks.values()]
    return not any(clock.is_open(moment + offset) for clock in clocks for offset in range(-DARK, DARK + 1, 1800))


def _serials(rng: np.random.Generator, frame: pd.DataFrame) -> pd.Series:
    days = pd.Series(text(frame["accepted"].to_numpy())).str[:10].str.replace("-", "")
    unique = [f"{number:010X}" for number in rng.integers(0, 16**10, len(frame))]
    return pd.Series((frame["line"].str[0].str.upper() + days + "T" + unique).to_numpy(), index=frame["row"])
