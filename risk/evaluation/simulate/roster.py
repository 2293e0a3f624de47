"""The roster of an invented detachment: units, posts, agencies, staff and who holds which post."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import pandas as pd

from risk.evaluation.simulate import companies, identities, plan, tables

SURNAMES = np.array(
    list(
        "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蔡蒋余于杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦方白邹孟熊秦邱江尹薛"
    )
)
FIRST_START, LAST_START = date(2016, 1, 4), date(2024, 6, 30)


@dataclass(frozen=True, eq=False)
class Detachment:
    """A detachment's roster in contract columns; it does not change while its history is simulated.

    `reserve`: (number, posts joined by +, unit) of people who hold no post yet; a history may give them one.
    """

    units: pd.DataFrame
    agencies: pd.DataFrame
    posts: pd.DataFrame
    staff: pd.DataFrame
    postings: pd.DataFrame
    reserve: tuple[tuple[str, str, str], ...] = ()

    @cached_property
    def kinds(self) -> dict[str, str]:
        """Kind of staff by number."""
        return dict(zip(self.staff["staff_no"], self.staff["kind"], strict=True))

    @cached_property
    def manning(self) -> dict[bool, dict[tuple[str, str], list[str]]]:
        """Who holds a post at a unit today, all of them or (True) officers only; under unit "" who holds it anywhere."""
        held = self.postings[self.postings["end_date"] == ""]
        found: dict[bool, dict[tuple[str, str], list[str]]] = {False: {}, True: {}}
        for number, post, unit in zip(held["staff_no"], held["post_code"], held["unit_code"], strict=True):
            for officers in (False, True) if self.kinds[number] == "officer" else (False,):
                for place in (unit, ""):
                    found[officers].setdefault((post, place), []).append(number)
        return found


def detachment(seed: int = 1) -> Detachment:
    """The roster that belongs to `seed`: the same organisation for every seed, other people and companies in it."""
    rng = np.random.default_rng([seed, 11])
    people = _people(rng)
    units = pd.DataFrame(plan.UNITS, columns=[name for name in tables.UNITS if name != "leader_no"])
    leaders = people[people["leads"]].set_index("unit_code")["staff_no"]
    units.insert(2, "leader_no", units["code"].map(leaders).fillna(""))
    staff = people[tables.STAFF]
    posts = pd.DataFrame(plan.POSTS, columns=tables.POSTS)
    reserve = people[people["reserve"]]
    waiting = tuple(zip(reserve["staff_no"], reserve["posts"], reserve["unit_code"], strict=True))
    return Detachment(units, _agencies(rng), posts, staff.reset_index(drop=True), _postings(rng, people[~people["reserve"]]), waiting)


def _people(rng: np.random.Generator) -> pd.DataFrame:
    """One row per person: the staff columns, `posts` (codes joined by +), `leads` (the unit) and `reserve` (holds no post yet)."""
    places = [
        (unit, kind, posts, leads, False)
        for unit, crew in plan.CREWS.items()
        for index, (kind, posts, count) in enumerate(crew)
        for leads in [index == 0] + [False] * (count - 1)
    ]
    places += [(unit, kind, posts, False, True) for kind, posts, unit in plan.RESERVE]
    people = pd.DataFrame(places, columns=["unit_code", "kind", "posts", "leads", "reserve"])
    people["name"] = pd.Series(rng.choice(SURNAMES, len(people))) + "某"
    people["staff_no"] = ""
    for kind, letter in plan.STAFF_LETTERS.items():
        of_kind = people["kind"] == kind
        numbers = np.sort(rng.choice(np.arange(1001, 1001 + 3 * int(of_kind.sum())), int(of_kind.sum()), replace=False))
        people.loc[of_kind, "staff_no"] = identities.numbered(letter, numbers, 5)
    people["id_no"] = identities.person_ids(rng, len(people), outsiders=0.02)
    people["phone"] = identities.phones(rng, len(people))
    people["responsible_no"] = _responsible(people)
    return people


def _responsible(people: pd.DataFrame) -> list[str]:
    """The officer jointly responsible for each auxiliary: officers of the same unit in turn, else of the unit above."""
    officers = people[people["kind"] == "officer"].groupby("unit_code")["staff_no"].agg(list).to_dict()
    turn: dict[str, int] = {}
    answer = []
    for unit, kind in zip(people["unit_code"], people["kind"], strict=True):
        if kind != "auxiliary":
            answer.append("")
            continue
        home = unit if unit in officers else plan.PARENTS[unit]
        turn[home] = turn.get(home, -1) + 1
        answer.append(officers[home][turn[home] % len(officers[home])])
    return answer


def _agencies(rng: np.random.Generator) -> pd.DataFrame:
    rows = []
    for kind, names, local, unit_codes in companies.AGENCIES:
        codes = identities.company_codes(rng, len(names), authority="91" if local else "52")
        rows += [
            (code, name, kind, unit_codes[index % len(unit_codes)]) for index, (code, name) in enumerate(zip(codes, names, strict=True))
        ]
    return pd.DataFrame(rows, columns=tables.AGENCIES)


def _postings(rng: np.random.Generator, people: pd.DataFrame) -> pd.DataFrame:
    """Present postings of everybody, the supervising officers' among them, and for a third an earlier, ended one."""
    responsible = set(people["responsible_no"]) - {""}
    span = (LAST_START - FIRST_START).days
    rows = []
    for person in people.itertuples():
        start = FIRST_START + timedelta(days=int(rng.integers(400, span)))
        held = person.posts.split("+") + (["COM-R"] if person.staff_no in responsible else [])
        rows += [(person.staff_no, post, person.unit_code, start.isoformat(), "") for post in held]
        if rng.random() < 0.35:
            before = start - timedelta(days=int(rng.integers(200, 400)))
            ended = start - timedelta(days=1)
            unit = plan.UNITS[int(rng.integers(1, len(plan.UNITS)))][0]
            rows.append((person.staff_no, held[0], unit, before.isoformat(), ended.isoformat()))
    return pd.DataFrame(rows, columns=tables.POSTINGS)
