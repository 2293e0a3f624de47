"""References: how a parameter names a column, its own or one joined from another frame.

    amount, attr.use                     a column of the transaction itself
    handler.kind, approver.unit          the roster's word about the person in that column: kind, unit, responsible
    handler.posted, handler.in_post,     "yes" or "no": held any post that day; held the post of the row that day; every posting had
    handler.left                         ended before that day. Nothing known of the person (or the row's post): ""
    agency.kind, agency.unit             the roster's word about the company
    unit.kind                            the roster's word about the office: window, squad, brigade, department …
    related.handler, related.line …      a column of the related transaction
    step.review.staff, step.pay.at …     a field of the first step of that name: at, staff, post, result, terminal, present ("yes", "no")
    minutes.accept.examine               the minutes from one moment to another: the first step of a name, accepted_at or finished_at

Unknown values are "" (text), NaN (numbers), NaT (times) and 0 (hashed keys).
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from risk.detectors.parts.params import ParamError, said
from risk.detectors.parts.sorting import numbered, ordered

STAFF_FACTS = ("kind", "unit", "responsible")
POSTING_FACTS = ("posted", "in_post", "left")
AGENCY_FACTS = ("kind", "unit")
UNIT_FACTS = ("kind",)
STEP_FIELDS = ("at", "staff", "post", "result", "terminal", "present")
MOMENTS = ("accepted_at", "finished_at")
PERSON_COLUMNS = ("handler", "approver", "attr.inspector")
TEXT_COLUMNS = (
    "line",
    "action",
    "status",
    "unit",
    "post",
    "handler",
    "approver",
    "terminal",
    "agency",
    "plate_type",
    "vehicle_type",
    "result",
    "source",
)
KEY_COLUMNS = ("id", "tie", "related", "agent", "person", "plate", "vin")
OTHER_COLUMNS = (
    "day",
    "accepted_at",
    "finished_at",
    "arrived_at",
    "amount",
    "points",
    "person_birth_year",
    "marked",
    "respelled",
    "altered",
)
# Of the records that are no transactions (complaints, impounds, cases of discipline, rows in quarantine,
# tenures of posts, acts, hits).
RECORD_COLUMNS = (
    "received_at",
    "rectified_at",
    "revisited_at",
    "revisit_result",
    "decided_at",
    "due_at",
    "released_at",
    "channel",
    "category",
    "staff",
    "prohibition",
    "first_seen_at",
    "settled_at",
    "handled_by",
    "began_at",
    "ended_at",
    "lot",
    "reason",
    "kind",
    "actor",
    "act",
    "subject",
    "rule",
    "item",
    "shadow",
    "object",
    "alert",
    "level",
    "purpose",
    "duty",
)
COLUMNS = frozenset((*RECORD_COLUMNS, *TEXT_COLUMNS, *KEY_COLUMNS, *OTHER_COLUMNS, "agent_region", "person_region", "plate_region"))

Frames = Mapping[str, pd.DataFrame]
Wanted = dict[str, set[str]]


@lru_cache(maxsize=4096)
def split(reference: str) -> tuple[str, str, str]:
    """(kind, first, second) of a reference; kind is the frame it comes from, or own. Raises ParamError when it means nothing."""
    head, _, tail = reference.rpartition(".")
    if reference.startswith("step."):
        _, name, field = (*reference.split("."), "", "")[:3]
        if name and field in STEP_FIELDS and reference.count(".") == 2:
            return "steps", name, field
        raise ParamError(
            "%(name)s: a step is named step.<name>.<field>, field one of %(known)s", name=repr(reference), known=", ".join(STEP_FIELDS)
        )
    if reference.startswith("minutes."):
        _, start, end = (*reference.split("."), "", "")[:3]
        if start and end and start != end and reference.count(".") == 2:
            return "minutes", start, end
        raise ParamError(
            "%(name)s: a length is named minutes.<from>.<to>, each a step or one of %(known)s, and different",
            name=repr(reference),
            known=", ".join(MOMENTS),
        )
    if reference.startswith("related.") and is_own(reference.removeprefix("related.")):
        return "related", reference.removeprefix("related."), ""
    for kind, columns, facts in (
        ("staff", PERSON_COLUMNS, STAFF_FACTS),
        ("postings", PERSON_COLUMNS, POSTING_FACTS),
        ("agencies", ("agency",), AGENCY_FACTS),
        ("units", ("unit",), UNIT_FACTS),
    ):
        if head in columns and tail in facts:
            return kind, head, tail
    if is_own(reference):
        return "own", reference, ""
    raise ParamError("%(name)s: no such column", name=repr(reference))


def is_own(reference: str) -> bool:
    return reference in COLUMNS or (reference.startswith("attr.") and reference.count(".") == 1 and len(reference) > len("attr."))


def wanted(references: Iterable[str]) -> Wanted:
    """Frames and their columns that the references read."""
    found: Wanted = {}
    for reference in references:
        kind, first, second = split(reference)
        if kind == "own":
            _add(found, "transactions", first)
        elif kind == "related":
            _add(found, "transactions", "related")
            _add(found, "related", "tie", first)
        elif kind == "steps":
            _add(found, "transactions", "id")
            _add(found, "steps", "id", "seq", "step", *([second] if second != "present" else []))
        elif kind == "minutes":
            for frame, columns in wanted([moment_of(first), moment_of(second)]).items():
                _add(found, frame, *columns)
        elif kind == "agencies":
            _add(found, "transactions", first)
            _add(found, "agencies", "agency", second)
        elif kind == "units":
            _add(found, "transactions", first)
            _add(found, "units", "unit", second)
        elif kind == "staff":
            _add(found, "transactions", first)
            _add(found, "staff", "staff", second)
        else:
            _add(found, "transactions", first, "day", *(["post"] if second == "in_post" else []))
            _add(found, "postings", "staff", "post", "start", "end")
    return found


def steps_of(params: Any) -> frozenset[str]:
    """Names of steps that a rule's parameters can mean, by a reference or by a bare name: none too few, some that are no steps."""
    found: set[str] = set()
    for text in said(params):
        if text.startswith("minutes."):
            found.update(text.split(".")[1:])
        elif text:
            found.add(text.split(".")[1] if text.startswith("step.") else text)
    return frozenset(found)


def _add(found: Wanted, frame: str, *columns: str) -> None:
    found.setdefault(frame, set()).update(columns)


def moment_of(name: str) -> str:
    """The reference of a moment of a length: a time of the transaction itself, else the time of the first step of that name."""
    return name if name in MOMENTS else f"step.{name}.at"


def column(frames: Frames, rows: pd.DataFrame, reference: str) -> pd.Series:
    """What the reference says of every row, in row order, on a fresh index."""
    kind, first, second = split(reference)
    if kind == "own":
        return rows[first].reset_index(drop=True)
    if kind == "related":
        return _related(frames["related"], rows, first)
    if kind == "steps":
        return _step(frames["steps"], rows, first, second)
    if kind == "minutes":
        return (column(frames, rows, moment_of(second)) - column(frames, rows, moment_of(first))).dt.total_seconds() / 60
    if kind == "staff":
        return _looked_up(rows[first], frames["staff"], "staff", second)
    if kind == "agencies":
        return _looked_up(rows[first], frames["agencies"], "agency", second)
    if kind == "units":
        return _looked_up(rows[first], frames["units"], "unit", second)
    return _posting(frames["postings"], rows, first, second)


def _looked_up(codes: pd.Series, table: pd.DataFrame, key: str, fact: str) -> pd.Series:
    """A fact of the code's roster row, "" where the roster does not know the code."""
    facts = pd.Series(table[fact].astype(str).to_numpy(), index=table[key].astype(str))
    of_category = facts[~facts.index.duplicated()].reindex(codes.cat.categories).fillna("").to_numpy(dtype=object)
    return _recoded(codes, of_category)


def _recoded(codes: pd.Series, of_category: np.ndarray) -> pd.Series:
    """The categorical whose value is `of_category` of the old value."""
    numbers, names = pd.factorize(np.append(of_category, ""))
    lookup = numbers.astype(np.min_scalar_type(-len(names) - 1))[codes.cat.codes.to_numpy()]
    return pd.Series(pd.Categorical.from_codes(lookup, categories=pd.Index(names, dtype="str"), validate=False))


def _at_places(source: pd.Series, places: np.ndarray) -> pd.Series:
    """Values of `source` at row numbers, the unknown value where the number is −1."""
    missing = places < 0
    values = source.take(np.where(missing, 0, places)).reset_index(drop=True) if len(source) else source.reindex(range(len(places)))
    if isinstance(source.dtype, pd.CategoricalDtype):
        names = source.cat.categories
        if "" not in names:
            values, names = values.cat.add_categories([""]), names.append(pd.Index([""]))
        codes = values.cat.codes.to_numpy().copy()
        codes[missing | (codes < 0)] = names.get_loc("")
        return pd.Series(pd.Categorical.from_codes(codes, categories=values.cat.categories))
    if source.dtype.kind in "iub":
        numbers = np.zeros(len(places), dtype=source.dtype)
        numbers[~missing] = source.to_numpy()[places[~missing]]
        return pd.Series(numbers)
    return values.mask(missing)


def places_of(sorted_keys: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Row numbers of keys in an ascending key array, −1 where absent."""
    if not len(sorted_keys):
        return np.full(len(keys), -1)
    spot = np.minimum(np.searchsorted(sorted_keys, keys), len(sorted_keys) - 1)
    return np.where(sorted_keys[spot] == keys, spot, -1)


def _related(related: pd.DataFrame, rows: pd.DataFrame, wanted_column: str) -> pd.Series:
    order = ordered(related["tie"].to_numpy())
    ties = rows["related"].to_numpy()
    spots = places_of(related["tie"].to_numpy()[order], ties)
    places = np.where((spots < 0) | (ties == 0), -1, order[np.maximum(spots, 0)] if len(order) else -1)
    return _at_places(related[wanted_column].reset_index(drop=True), places)


def _step(steps: pd.DataFrame, rows: pd.DataFrame, name: str, field: str) -> pd.Series:
    chosen = np.flatnonzero((steps["step"] == name).to_numpy())
    order = chosen[ordered(steps["id"].to_numpy()[chosen], steps["seq"].to_numpy()[chosen])]
    ids = steps["id"].to_numpy()[order]
    first = np.ones(len(ids), dtype=bool)
    first[1:] = ids[1:] != ids[:-1]
    order, ids = order[first], ids[first]
    spots = places_of(ids, rows["id"].to_numpy())
    if field == "present":
        return pd.Series(pd.Categorical.from_codes((spots >= 0).astype(np.int8), categories=["no", "yes"]))
    return _at_places(steps[field].reset_index(drop=True), np.where(spots < 0, -1, order[np.maximum(spots, 0)] if len(order) else -1))


def _posting(postings: pd.DataFrame, rows: pd.DataFrame, person: str, fact: str) -> pd.Series:
    """Whether the person held a post on the row's day, by counting starts and ends instead of joining intervals."""
    people = rows[person].cat.categories
    who = rows[person].cat.codes.to_numpy().astype(np.int64)
    whose = people.get_indexer(pd.Index(postings["staff"].astype(str)))
    start, end = postings["start"].to_numpy().astype(np.int64), postings["end"].to_numpy().astype(np.int64)
    day = rows["day"].to_numpy().astype(np.int64)
    known = np.bincount(whose[whose >= 0], minlength=len(people) + 1)[who] > 0
    if fact == "in_post":
        posts = rows["post"].cat.categories
        post = rows["post"].cat.codes.to_numpy().astype(np.int64)
        known &= np.asarray(posts != "")[post] & (post >= 0)
        which = posts.get_indexer(pd.Index(postings["post"].astype(str)))
        yes = held(
            who * (len(posts) + 1) + post, np.where((whose >= 0) & (which >= 0), whose * (len(posts) + 1) + which, -1), start, end, day
        )
    elif fact == "posted":
        yes = held(who, whose, start, end, day)
    else:
        last = np.full(len(people) + 1, -1, dtype=np.int64)
        np.maximum.at(last, whose[whose >= 0], end[whose >= 0])
        yes = last[who] < day
    codes = np.where(known & (who >= 0), np.where(yes, 1, 0), 2).astype(np.int8)
    return pd.Series(pd.Categorical.from_codes(codes, categories=["no", "yes", ""]))


def held(keys: np.ndarray, posting_keys: np.ndarray, start: np.ndarray, end: np.ndarray, day: np.ndarray) -> np.ndarray:
    """For every (key, day): does an interval [start, end] of that key hold the day? Days or any whole numbers below 2**32."""
    kept = posting_keys >= 0
    order = ordered(posting_keys[kept], start[kept])
    owner, start, end = posting_keys[kept][order], start[kept][order], end[kept][order]
    names, code = numbered(keys)
    first = np.searchsorted(owner, names, side="left")
    many = np.searchsorted(owner, names, side="right") - first
    answer = np.zeros(len(day), dtype=bool)
    # Nearly everybody has one interval: then two comparisons tell. Who has more is compared with the next, as long as there are any.
    rows: np.ndarray | slice = slice(None)
    for turn in range(int(many.max(initial=0))):
        spot = np.minimum(first + turn, len(owner) - 1)
        begin, finish = np.where(many > turn, start[spot], 1), np.where(many > turn, end[spot], 0)
        of_row = code[rows]
        answer[rows] |= (begin[of_row] <= day[rows]) & (day[rows] <= finish[of_row])
        rows = np.flatnonzero((many > turn + 1)[code])
    return answer
