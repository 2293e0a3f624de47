"""When business comes in: by hour, weekday, season, and around holidays."""

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np

from risk.evaluation.simulate.clocks import DAY, OfficeClock, day_of, days_between, is_workday, wall
from risk.evaluation.simulate.world import World

SLOT = 900
WEEKDAY = np.array([1.18, 1.05, 1.0, 0.97, 1.04, 0.6, 0.5])
OFFICE_PROFILE = np.array([0, 0, 0, 0, 0, 0, 0, 0.6, 0.9, 1.3, 1.4, 1.1, 0.8, 0.7, 1.1, 1.2, 1.0, 0.5, 0, 0, 0, 0, 0, 0])
ROAD_PROFILE = np.array([3, 2, 1, 1, 1, 1, 3, 9, 12, 10, 9, 8, 6, 7, 9, 10, 10, 12, 10, 9, 11, 10, 8, 5], dtype=float)
CRASH_PROFILE = np.array([2, 1, 1, 1, 1, 2, 4, 9, 9, 7, 6, 6, 6, 6, 7, 7, 8, 10, 10, 8, 6, 5, 4, 3], dtype=float)
DAY_PROFILE = np.array([0, 0, 0, 0, 0, 0, 0, 1, 4, 6, 6, 4, 2, 4, 6, 6, 5, 2, 0, 0, 0, 0, 0, 0], dtype=float)


def season(day: date) -> float:
    """Relative demand of a day of the year: a slow wave with its top in summer, and a lull around new year."""
    return 1 + 0.12 * float(np.sin(2 * np.pi * (day.timetuple().tm_yday - 90) / 365))


def rush(day: date) -> float:
    """Relative demand of a working day next to a break of three days or more."""
    if not is_workday(day + timedelta(days=1)) and not any(is_workday(day + timedelta(days=i)) for i in (2, 3)):
        return 1.35
    return 1.2 if not any(is_workday(day - timedelta(days=i)) for i in (1, 2, 3)) else 1.0


def _open_slots(world: World, clock: OfficeClock) -> tuple[np.ndarray, np.ndarray]:
    """Quarter hours of opening between the first and the last day: their wall start and relative demand."""
    inside = (clock.starts >= wall(world.first_day)) & (clock.starts < wall(world.last_day) + DAY)
    starts = [np.arange(start, start + length, SLOT) for start, length in zip(clock.starts[inside], clock.lengths[inside], strict=True)]
    slots = np.concatenate(starts) if starts else np.zeros(0, dtype=np.int64)
    days = sorted({int(slot) // DAY for slot in slots})
    of_day = {day: season(day_of(day * DAY)) * rush(day_of(day * DAY)) * WEEKDAY[day_of(day * DAY).weekday()] for day in days}
    return slots, OFFICE_PROFILE[slots % DAY // 3600] * np.array([of_day[int(slot) // DAY] for slot in slots])


def office_moments(world: World, rng: np.random.Generator, units: np.ndarray) -> np.ndarray:
    """Wall seconds at which business comes in at each row's unit, within its opening hours and declared shifts."""
    moments = np.zeros(len(units), dtype=np.int64)
    special = np.isin(units, list(world.shifts))
    for unit in [None, *world.shifts]:
        rows = ~special if unit is None else units == unit
        if rows.any():
            slots, weight = _open_slots(world, world.clock if unit is None else world.clock_of(unit))
            chosen = rng.choice(slots, int(rows.sum()), p=weight / weight.sum())
            moments[rows] = chosen + rng.integers(0, SLOT, int(rows.sum()))
    return moments


def open_days(world: World) -> int:
    """Days of ordinary office opening in the simulated time."""
    return sum(is_workday(day) for day in days_between(world.first_day, world.last_day))


def office_count(world: World, n: int) -> int:
    """`n`, or none where no office opens in the simulated time."""
    return n if open_days(world) else 0


def moments(world: World, rng: np.random.Generator, n: int, profile: np.ndarray) -> np.ndarray:
    """Wall seconds of `n` events around the clock, by an hourly profile (24 weights)."""
    days = days_between(world.first_day, world.last_day)
    weight = np.array([season(day) * (0.85 + 0.15 * WEEKDAY[day.weekday()]) for day in days])
    day = rng.choice(len(days), n, p=weight / weight.sum())
    hour = rng.choice(24, n, p=profile / profile.sum())
    return wall(world.first_day) + day * DAY + hour * 3600 + rng.integers(0, 3600, n)


def daytime(rng: np.random.Generator, seconds: np.ndarray) -> np.ndarray:
    """The same days, at some time between 09:00 and 17:00."""
    return seconds // DAY * DAY + rng.integers(9 * 3600, 17 * 3600, len(seconds))


def shares(rng: np.random.Generator, n: int, weights: Mapping[str, float]) -> np.ndarray:
    """`n` keys drawn by weight."""
    weight = np.array(list(weights.values()), dtype=float)
    return np.array(list(weights))[rng.choice(len(weight), n, p=weight / weight.sum())]
