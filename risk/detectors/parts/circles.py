"""Circles: sets of few handlers of an office and the regular counterparts bound to them beyond chance, all of one window at once."""

import math
from dataclasses import dataclass, fields

import numpy as np

from risk.detectors.parts.chance import log_choose, log_product_tails
from risk.detectors.parts.regulars import Offices, Regulars
from risk.detectors.parts.sorting import distinct, numbered, ordered, ranges, starts
from risk.detectors.parts.special import binomial_tail

# So much less likely must a further handler make it, or the circle is told without them: nobody is named for standing by.
WORTH_NAMING = math.log(100.0)
_ROUNDING = 1e-6
_SLACK = 1 - 1e-9


@dataclass(frozen=True)
class Terms:
    """What makes a circle: see the parameters of the detector."""

    few: int
    min_share: float
    min_counterparts: int
    chance: float


@dataclass(frozen=True)
class Circles:
    """The circles of a window, office by office, the least likely first; a counterpart is in one of an office only.

    `members`: its handlers by code, −1 where they are fewer; `chance` is a logarithm. Its counterparts are those from `first` of this one
    to `first` of the next, the least likely first: the code (`guest`), the visits with the circle's handlers, all its visits, and how many
    were expected with them.
    """

    office: np.ndarray
    members: np.ndarray
    chance: np.ndarray
    first: np.ndarray
    guest: np.ndarray
    with_them: np.ndarray
    visits: np.ndarray
    expected: np.ndarray


def circles(regulars: Regulars, offices: Offices, terms: Terms) -> Circles:
    """The least likely set of all takes its counterparts, then the least likely of what is left, and so on.

    Sets that share no counterpart with a less likely one take theirs in the same turn: what others take before could not have been theirs,
    and no set becomes less likely by what is taken from it.
    """
    left, members = _bound(regulars, offices, terms)
    taken: list[_Taken] = []
    while len(left.of):
        sets = _least_likely(left, members, regulars, offices, terms)
        left = left.kept(np.isin(left.of, sets.number))
        rank = np.zeros(len(members), dtype=np.int64)
        rank[sets.number[np.lexsort((sets.number, sets.named))]] = np.arange(len(sets.number))
        first = np.full(len(regulars.office), len(members))
        np.minimum.at(first, left.guest, rank[left.of])
        beaten = np.zeros(len(members), dtype=bool)
        beaten[left.of[first[left.guest] < rank[left.of]]] = True
        won = sets.kept(~beaten[sets.number])
        most = np.zeros(len(members), dtype=np.int64)
        most[won.number] = won.size
        theirs = left.kept(_place(left.of) < most[left.of])
        taken.append(_Taken(won, theirs))
        gone = np.zeros(len(regulars.office), dtype=bool)
        gone[theirs.guest] = True
        left = left.kept(~gone[left.guest])
        # A set is one of somebody's handlers as long as somebody is left whom it was made of.
        left = left.kept(np.isin(left.of, left.of[left.own]))
    return _told(taken, members, regulars, offices)


@dataclass(frozen=True)
class Bound:
    """Guests bound to sets of handlers, set by set, the least likely first: the number of the set, the guest, its visits with the set
    (`count`), the set's part of the office's work (`fair`, not cut at the whole), the logarithm of how likely chance makes so many visits;
    `own` where the set is made of those whom the guest met most."""

    of: np.ndarray
    guest: np.ndarray
    count: np.ndarray
    fair: np.ndarray
    log_tail: np.ndarray
    own: np.ndarray

    def kept(self, keep: np.ndarray) -> "Bound":
        return Bound(*(getattr(self, one.name)[keep] for one in fields(self)))


@dataclass(frozen=True)
class _Likely:
    """Sets by number, ascending: how unlikely with the most telling choice of their counterparts, and how large that is."""

    number: np.ndarray
    chance: np.ndarray
    named: np.ndarray
    size: np.ndarray

    def kept(self, keep: np.ndarray) -> "_Likely":
        return _Likely(*(getattr(self, one.name)[keep] for one in fields(self)))


@dataclass(frozen=True)
class _Taken:
    sets: _Likely
    theirs: Bound


def _tops(regulars: Regulars, offices: Offices, few: int) -> tuple[np.ndarray, np.ndarray]:
    """The few workers whom each guest met most, of equals the first, and its visits with them. Whom it never met counts too, the first of
    the office first: a set may be larger than a guest needs."""
    guests = len(regulars.office)
    order = ordered(regulars.guest, -regulars.met.astype(np.int64))
    guest = regulars.guest[order]
    place = np.arange(len(order)) - np.searchsorted(guest, np.arange(guests))[guest]
    top, met = np.full((guests, few), -1), np.zeros((guests, few))
    near = place < few
    top[guest[near], place[near]], met[guest[near], place[near]] = regulars.worker[order][near], regulars.met[order][near]
    for size in range(1, few):
        for number in range(few):
            other = offices.first[regulars.office] + number
            free = (top[:, size] < 0) & (top != other[:, None]).all(axis=1)
            top[free, size] = other[free]
    return top, met.sum(axis=1)


def _sets(top: np.ndarray, close: np.ndarray, workers: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(the workers of every set by rows, in their order, −1 where they are fewer; set and guest of those whose tops they are). Smaller sets
    are among them also where the share is that of all the few together, so that who adds nothing can be left out."""
    few, width = top.shape[1], workers + 1
    keys = []
    for size in range(1, few + 1):
        key = np.zeros(len(close), dtype=np.int64)
        for member in np.sort(top[close, :size], axis=1).T:
            key = key * width + member + 1
        keys.append(key * width ** (few - size))
    found, of = numbered(np.concatenate(keys))
    members = np.stack([found // width ** (few - 1 - place) % width - 1 for place in range(few)], axis=1)
    return members, of, np.tile(close, few)


def _bound(regulars: Regulars, offices: Offices, terms: Terms) -> tuple[Bound, np.ndarray]:
    """Who is bound to which set, and the workers of the sets.

    Each tail is binomial: weeks in which the handlers did more of the work only make it greater than it is (Hoeffding).
    """
    top, with_top = _tops(regulars, offices, terms.few)
    # No set can have a greater part of a guest's visits than those it met most.
    near = with_top * 100 >= terms.min_share * regulars.visits
    members, of, guest = _sets(top, np.flatnonzero(near), len(offices.office))
    guests = len(regulars.office)
    own = distinct(of * guests + guest)
    # The share of a set is not reached unless one of its members has its part of it.
    heavy = near[regulars.guest] & (regulars.met * 100 * terms.few >= _SLACK * terms.min_share * regulars.visits[regulars.guest])
    in_set, place = np.nonzero(members >= 0)
    member = members[in_set, place]
    order = ordered(member)
    spot, pair = ranges(
        np.searchsorted(member[order], regulars.worker[heavy]), np.searchsorted(member[order], regulars.worker[heavy], side="right")
    )
    keys = distinct(np.concatenate([own, in_set[order[spot]] * guests + regulars.guest[heavy][pair]]))
    of, guest = np.divmod(keys, guests)
    count, mine = np.zeros(len(keys)), np.isin(keys, own)
    for one in members.T:
        there = np.flatnonzero(one[of] >= 0)
        count[there] += regulars.visits_to(guest[there], one[of[there]])
    kept = np.flatnonzero(mine | (count * 100 >= terms.min_share * regulars.visits[guest]))
    of, guest, count, mine = of[kept], guest[kept], count[kept], mine[kept]
    fair = np.zeros(len(kept))
    for one in members.T:
        there = np.flatnonzero(one[of] >= 0)
        fair[there] += regulars.fair(guest[there], one[of[there]])
    tail = binomial_tail(count, regulars.visits[guest], np.minimum(fair, 1.0))
    order = np.lexsort((tail, of))
    return Bound(of, guest, count, fair, np.log(np.maximum(tail, 1e-300)), mine).kept(order), members


def _least_likely(left: Bound, members: np.ndarray, regulars: Regulars, offices: Offices, terms: Terms) -> _Likely:
    """The sets that are unlikely enough, each by the logarithm of how likely chance makes such a circle of so many anywhere.

    A union bound: over the offices, the sizes and the sets of so many of an office's people, and the choices of so many of its regular
    counterparts (all of them, also where some are taken); for one choice the chance that the product of the tails is so small (Fisher).
    """
    run = np.cumsum(starts(left.of)) - 1
    number = left.of[starts(left.of)]
    place = _place(left.of)
    table = np.zeros((len(number), int(place.max()) + 1))
    table[run, place] = left.log_tail
    product, choices = np.cumsum(table, axis=1)[run, place], place + 1
    office, size = offices.office[members[number, 0]], (members[number] >= 0).sum(axis=1)
    teams, places = log_choose(offices.people[office], size), np.log(terms.few * max(int(offices.judged.sum()), 1))
    ways = log_choose(regulars.many[office][run], choices)
    # The tail of a product is never below the product itself.
    least = ways + product
    near = (least + teams[run] + places <= np.log(terms.chance) + _ROUNDING) & (choices >= terms.min_counterparts)
    of, least, ways, product, choices = run[near], least[near], ways[near], product[near], choices[near]
    lead = _first_of(of, least)
    most = np.full(len(number), np.inf)
    most[of[lead]] = ways[lead] + log_product_tails(product[lead], choices[lead])
    near = least <= most[of] + _ROUNDING
    of, ways, product, choices = of[near], ways[near], product[near], choices[near]
    chance = ways + log_product_tails(product, choices)
    best = _first_of(of, chance)
    of, total = of[best], chance[best] + teams[of[best]] + places
    likely = _Likely(number[of], total, total + WORTH_NAMING * (size[of] - 1), choices[best])
    return likely.kept((total <= np.log(terms.chance)) & (likely.named <= 0))


def _first_of(of: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Where each group has its least value, of equals the first. `of` ascends."""
    order = np.lexsort((values, of))
    return order[starts(of[order])]


def _place(ascending: np.ndarray) -> np.ndarray:
    """The place of every entry among its equals."""
    new = starts(ascending)
    return np.arange(len(ascending)) - np.flatnonzero(new)[np.cumsum(new) - 1]


def _told(taken: list[_Taken], members: np.ndarray, regulars: Regulars, offices: Offices) -> Circles:
    if not taken:
        none, nothing = np.zeros(0, dtype=np.int64), np.zeros(0)
        return Circles(none, members[:0], nothing, np.zeros(1, dtype=np.int64), none, nothing, nothing, nothing)
    number, chance, named = (np.concatenate([getattr(one.sets, name) for one in taken]) for name in ("number", "chance", "named"))
    office = offices.office[members[number, 0]]
    order = np.lexsort((number, named, office))
    # A set may take from what is left more than once.
    turn = np.repeat(np.arange(len(taken)), [len(one.sets.number) for one in taken])
    rank = np.empty((len(taken), len(members)), dtype=np.int64)
    rank[turn[order], number[order]] = np.arange(len(order))
    of = np.concatenate([rank[place][one.theirs.of] for place, one in enumerate(taken)])
    guest, count, fair = (np.concatenate([getattr(one.theirs, name) for one in taken]) for name in ("guest", "count", "fair"))
    order_of = ordered(of)
    of, guest, count, fair = of[order_of], guest[order_of], count[order_of], fair[order_of]
    who = np.where(members < 0, -1, offices.person[members])[number[order]]
    return Circles(
        offices.code[office[order]],
        who,
        chance[order],
        np.searchsorted(of, np.arange(len(order) + 1)),
        regulars.counterpart[guest],
        count,
        regulars.visits[guest],
        fair * regulars.visits[guest],
    )
