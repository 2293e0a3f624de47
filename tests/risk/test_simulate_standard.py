"""The standard effect: what chance alone would do, how much business a deed needs, and whom it is played upon."""

import math
from datetime import date

import numpy as np
import pandas as pd
import pytest

from risk.evaluation import simulate
from risk.evaluation.simulate import rows as rowing
from risk.evaluation.simulate import scenarios
from risk.evaluation.simulate.clocks import DAY, wall
from risk.evaluation.simulate.history import LINES
from risk.evaluation.simulate.scenarios import Shared, Stage
from risk.evaluation.simulate.standard import LEVEL_OF_PAIRS, MOST, POWER, fewest, power
from risk.evaluation.simulate.world import World

FIRST, LAST = date(2026, 1, 1), date(2026, 6, 30)


def test_power_is_that_of_the_exact_test():
    # Ten of ten at one in two come once in 1024, nine or more 11 times: at 0.001 only ten of ten is too many, at 0.02 nine are.
    assert power(10, 0.5, 0.9, level=0.001) == pytest.approx(0.9**10)
    assert power(10, 0.5, 0.9, level=0.02) == pytest.approx(0.9**10 + 10 * 0.9**9 * 0.1)
    # Seven fail of a hundred; none of eighty comes once in 332, so at 0.01 none is too few and one is not.
    assert power(80, 0.07, 0.01, level=0.01) == pytest.approx(0.99**80)
    assert power(10, 0.5, 0.1, level=0.02) == pytest.approx(power(10, 0.5, 0.9, level=0.02))


def test_nothing_is_told_by_nothing():
    assert power(0, 0.1, 0.9) == power(50, 0.3, 0.3) == power(9, 0.5, 1.0) == 0
    assert power(12, 0.0, 1.0) == pytest.approx(1)


def test_honest_people_who_differ_hide_more():
    shares = [power(200, 0.12, 0.02, spread=spread) for spread in (0.0, 0.25, 0.5)]
    assert shares[0] > shares[1] > shares[2]
    rng = np.random.default_rng(1)
    odds = math.log(0.12 / 0.88) + 0.25 * rng.normal(size=400_000)
    honest = rng.binomial(200, 1 / (1 + np.exp(-odds)))
    most = max(count for count in range(30) if (honest <= count).mean() <= 0.001)
    wrong = sum(math.comb(200, k) * 0.02**k * 0.98 ** (200 - k) for k in range(most + 1))
    assert power(200, 0.12, 0.02, spread=0.25, level=0.001) == pytest.approx(wrong)


def test_few_peers_tell_less_of_how_far_honest_people_are_apart():
    shares = [power(400, 0.12, 0.02, spread=0.25, peers=peers) for peers in (0, 100, 15, 5)]
    assert shares == sorted(shares, reverse=True) and shares[0] > 0.9 and shares[-1] < 0.01
    assert fewest(0.12, 0.006, spread=0.25, peers=30) < fewest(0.12, 0.006, spread=0.25, peers=10)


def test_one_in_a_million_takes_more_than_one_in_ten_thousand():
    assert fewest(0.3, 0.8) < fewest(0.3, 0.8, level=LEVEL_OF_PAIRS) < 2 * fewest(0.3, 0.8)


@pytest.mark.parametrize(("usual", "done", "spread"), [(0.12, 0.02, 0.25), (0.03, 0.0015, 0.3), (0.15, 0.7, 0.0), (0.68, 0.84, 0.2)])
def test_the_fewest_cases_have_the_power_and_half_of_them_do_not(usual, done, spread):
    n = fewest(usual, done, spread=spread)
    assert power(n, usual, done, spread=spread) >= POWER > power(n // 2, usual, done, spread=spread)


def test_what_cannot_be_told_takes_more_than_anybody_has():
    assert fewest(0.3, 0.3) == fewest(0.3, 0.301) == MOST
    assert fewest(0.0, 0.5) < 10


@pytest.fixture(scope="module")
def town() -> simulate.Detachment:
    return simulate.detachment(5)


def stage_of(town: simulate.Detachment, rows: pd.DataFrame, taken: set[str]) -> Stage:
    world = World(town, FIRST, LAST, 1_000, 5)
    return Stage(world, world.rng("any"), Shared(rows, taken=taken), name="any")


def business(**daily: int) -> pd.DataFrame:
    """So many rows a day of each of the half year's days."""
    days = (LAST - FIRST).days + 1
    who = np.concatenate([np.repeat(name, n * days) for name, n in daily.items()])
    accepted = np.concatenate([np.repeat(wall(FIRST) + np.arange(days) * DAY, n) for n in daily.values()])
    return pd.DataFrame({"handler_no": who, "accepted": accepted, "row": np.arange(len(who))})


def test_a_deed_is_played_upon_one_with_business_enough(town):
    needed = fewest(0.03, 0.0015)
    rows = business(small=1, large=10)
    chosen, own = stage_of(town, rows, set()).plain(rows, "handler_no", 60, 0.03, 0.0015)
    assert chosen == "large" and needed <= len(own) == 600
    # Who is taken is left alone while a longer time shows it with another.
    rows = business(small=3, large=10)
    chosen, own = stage_of(town, rows, {"large"}).plain(rows, "handler_no", 60, 0.03, 0.0015)
    assert chosen == "small" and needed <= len(own) < 1.6 * needed
    rows = business(small=1, large=10)
    chosen, own = stage_of(town, rows, {"large"}).plain(rows, "handler_no", 60, 0.03, 0.0015)
    assert chosen == "large" and needed <= len(own) == 600, "nobody else has enough in any time, so it is not longer"
    # Where nobody has enough it is the one with most, over the whole time.
    rows = business(small=1, middling=2)
    chosen, own = stage_of(town, rows, set()).plain(rows, "handler_no", 60, 0.03, 0.005)
    assert chosen == "middling" and len(own) == 2 * 181


def test_added_cases_go_on_for_as_long_as_they_need(town):
    rows = business(small=2, large=40)
    afar = np.arange(len(rows)) % 10 == 0
    (one,), times = stage_of(town, rows, {"small"}).lasting(rows, "handler_no", afar, 60, 30)
    assert one == "large" and times > 1, "sixty strangers more among twelve hundred"
    (one,), times = stage_of(town, rows, {"large"}).lasting(rows, "handler_no", afar, 60, 30)
    assert one == "small" and times == 1, "sixty strangers more among sixty"
    both, longer = stage_of(town, rows, {"large"}).lasting(rows, "handler_no", afar, 60, 30, parts=2)
    assert sorted(both) == ["large", "small"] and longer == 181 / 30, "as long as there is, for thirty among so many"


def test_every_kind_is_played_once_where_the_size_asks_for_all(town, monkeypatch):
    """With a sixth of the rows that ask for it, so that there is less room than ever there will be."""
    for limit in ("ROWS_FOR_ALL", "ROWS_FOR_OFFICES"):
        monkeypatch.setattr(scenarios, limit, 20_000)
    world = World(town, FIRST, LAST, 20_000, 5)
    honest = rowing.join([part for line, share in LINES.items() for part in line.honest(world, round(20_000 * share))]).frame
    played = {deed.scenario for deed in scenarios.stage(world, honest, None)}
    assert {name for name in simulate.registered() if not name.startswith(scenarios.LOOKALIKE)} <= played
