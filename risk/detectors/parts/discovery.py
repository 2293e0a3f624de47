"""How far is too far: heterogeneity between honest subjects, tails that allow for it, and the false-discovery limit.

Honest offices differ by more than chance. A plain binomial limit would therefore flag most of the large ones. The spread between subjects
is estimated by moments (DerSimonian–Laird, two steps), leaving out the subject that is judged, so that it cannot hide behind itself; the
tail is that of a binomial whose log odds vary with that spread, with Student's weights for how well the spread is known.
"""

from dataclasses import dataclass

import numpy as np

from risk.detectors.parts.special import binomial_tail, t_density

_STEPS = np.linspace(-5.0, 5.0, 61)
_NODES, _WIDTHS = np.sinh(_STEPS), np.cosh(_STEPS)
LEAST_FREEDOM = 2.0
# Far is what lies so many standard deviations from the middle of its group, by the spread of its better half; in a group of so many at
# least, of which no more than this part may be far: else it is no few who are odd, but the group.
FAR, CROWD, MOST_FAR = 3.5, 6, 0.25
_MEDIAN_OF_SQUARES = 0.4549
_HALVINGS = 40
Parts = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Spread:
    """What the others of a family say about one subject: their mean, its variance, the variance between subjects, degrees of freedom.

    `share` is the reference's own part of the variance between subjects (1 / effective number of others of the group).
    """

    mean: np.ndarray
    mean_variance: np.ndarray
    between: np.ndarray
    share: np.ndarray
    freedom: np.ndarray


def spread_of_others(effect: np.ndarray, variance: np.ndarray, group: np.ndarray, counted: np.ndarray | None = None) -> Spread:
    """For every subject the spread of all others: means within its `group` (0 … G−1), variance between subjects over all groups.

    `effect` has sampling variance `variance`; only those `counted` (default all) say what is ordinary, and of these not the few that are
    far from all others: a few who do wrong would excuse each other. Freedom is below LEAST_FREEDOM where too few others are there to say
    anything.
    """
    some = np.ones(len(effect), dtype=bool) if counted is None else counted
    part = (some & ~_far(effect, variance, group, some)).astype(float)
    first = _moments(effect, variance, group, part / variance)
    weight = part / (variance + max(0.0, first.between_of_all))
    return _moments(effect, variance, group, weight).without_each(effect, variance, group, weight)


def _far(effect: np.ndarray, variance: np.ndarray, group: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """Who is far from the median of its group. The spread between subjects is one that half of all bear out, so that the others cannot blow
    it up: the variance at which the median of the standardised squares is that of a normal population."""
    crowd = counted & (np.bincount(group, weights=counted, minlength=int(group.max(initial=-1)) + 1) >= CROWD)[group]
    far = np.zeros(len(effect), dtype=bool)
    if not crowd.any():
        return far
    order = np.flatnonzero(crowd)
    order = order[np.lexsort((effect[order], group[order]))]
    first = np.flatnonzero(np.append(True, group[order][1:] != group[order][:-1]))
    many = np.diff(np.append(first, len(order)))
    middle = np.zeros(int(group.max()) + 1)
    middle[group[order][first]] = (effect[order][first + (many - 1) // 2] + effect[order][first + many // 2]) / 2
    square = (effect - middle[group]) ** 2
    of_crowd, noise = square[crowd], variance[crowd]
    low, high = 0.0, float(of_crowd.max()) / _MEDIAN_OF_SQUARES
    for _ in range(_HALVINGS):
        between = (low + high) / 2
        wide = median_above(of_crowd / (noise + between), _MEDIAN_OF_SQUARES)
        low, high = (between, high) if wide else (low, between)
    far = crowd & (square > FAR**2 * (variance + high))
    share = np.bincount(group, weights=far) / np.maximum(np.bincount(group, weights=counted), 1)
    return far & (share <= MOST_FAR)[group]


def median_above(values: np.ndarray, bound: float) -> bool:
    """Whether the median is above the bound: counted, for finding it costs ten times as much."""
    above = values > bound
    surplus = 2 * int(np.count_nonzero(above)) - len(values)
    return surplus > 0 or surplus == 0 and bool((values[above].min() + values[~above].max()) / 2 > bound)


@dataclass(frozen=True)
class _Sums:
    """Weighted sums per group."""

    w: np.ndarray
    w2: np.ndarray
    we: np.ndarray
    we2: np.ndarray
    ws: np.ndarray
    w2s: np.ndarray
    center: np.ndarray

    @property
    def parts(self) -> Parts:
        return _parts(self.w, self.w2, self.we, self.we2, self.ws, self.w2s)

    @property
    def between_of_all(self) -> float:
        excess, room, _ = self.parts
        return float(excess.sum() / room.sum()) if room.sum() > 0 else 0.0

    def without_each(self, effect: np.ndarray, variance: np.ndarray, group: np.ndarray, weight: np.ndarray) -> Spread:
        excess, room, freedom = self.parts
        away = effect - self.center[group]
        own = (weight, weight**2, weight * away, weight * away**2, weight * variance, weight**2 * variance)
        w, w2, we, we2, ws, w2s = (
            sums[group] - mine for sums, mine in zip((self.w, self.w2, self.we, self.we2, self.ws, self.w2s), own, strict=True)
        )
        alone = np.bincount(group, weights=weight > 0, minlength=len(self.w))[group] - (weight > 0) < 1
        w, w2 = np.where(alone, 0.0, np.maximum(w, 0)), np.where(alone, 0.0, np.maximum(w2, 0))
        excess_left, room_left, freedom_left = _parts(w, w2, we, we2, ws, w2s)
        total_room = room.sum() - room[group] + room_left
        total_excess = excess.sum() - excess[group] + excess_left
        between = np.where(total_room > 0, np.maximum(0.0, total_excess / np.where(total_room > 0, total_room, 1.0)), 0.0)
        some = np.where(w > 0, w, 1.0)
        share = np.where(w > 0, w2 / some**2, 1.0)
        return Spread(
            mean=np.where(w > 0, we / some, 0.0) + self.center[group],
            mean_variance=np.where(w > 0, w2s / some**2, 0.0) + between * share,
            between=between,
            share=share,
            freedom=np.where(w > 0, freedom.sum() - freedom[group] + freedom_left, 0.0),
        )


def _moments(effect: np.ndarray, variance: np.ndarray, group: np.ndarray, weight: np.ndarray) -> _Sums:
    groups = int(group.max()) + 1 if len(group) else 0

    def total(values: np.ndarray) -> np.ndarray:
        return np.bincount(group, weights=values, minlength=groups)

    w = total(weight)
    center = total(weight * effect) / np.where(w > 0, w, 1.0)
    away = effect - center[group]
    return _Sums(
        w,
        total(weight**2),
        total(weight * away),
        total(weight * away**2),
        total(weight * variance),
        total(weight**2 * variance),
        center,
    )


def _parts(w: np.ndarray, w2: np.ndarray, we: np.ndarray, we2: np.ndarray, ws: np.ndarray, w2s: np.ndarray) -> Parts:
    """(excess over what sampling explains, room the weights give, degrees of freedom) of groups."""
    some = np.where(w > 0, w, 1.0)
    excess = (we2 - we**2 / some) - (ws - w2s / some)
    room = w - w2 / some
    freedom = np.where(w2 > 0, some**2 / np.where(w2 > 0, w2, 1.0) - 1, 0.0)
    there = w > 0
    return np.where(there, excess, 0.0), np.where(there, np.maximum(room, 0.0), 0.0), np.maximum(freedom, 0.0)


def varying_binomial_tail(
    count: np.ndarray, total: np.ndarray, share: np.ndarray, variance: np.ndarray, freedom: np.ndarray, *, low: bool
) -> np.ndarray:
    """P(X ≥ count), or P(X ≤ count) when `low`, for a binomial whose log odds vary around logit(share).

    The log odds are Student's t with `freedom` degrees and scale² `variance`.
    """
    count, total, share = np.asarray(count, float), np.asarray(total, float), np.clip(np.asarray(share, float), 1e-9, 1 - 1e-9)
    centre, scale = np.log(share / (1 - share)), np.sqrt(variance)
    weight = t_density(_NODES[None, :], np.asarray(freedom, float)[:, None]) * _WIDTHS
    weight /= weight.sum(axis=1, keepdims=True)
    odds = np.clip(centre[:, None] + scale[:, None] * _NODES[None, :], -700, 700)
    p = 1 / (1 + np.exp(-odds))
    reached = (total - count if low else count)[:, None]
    tail = binomial_tail(reached, total[:, None], 1 - p if low else p)
    return np.minimum(1.0, (tail * weight).sum(axis=1))


def false_discovery(p: np.ndarray, tests: int | None = None) -> np.ndarray:
    """Benjamini–Hochberg q of every p, of a family of `tests` (those not given had no evidence at all: p = 1)."""
    m = max(len(p), tests or 0)
    order = np.argsort(p, kind="stable")
    scaled = p[order] * m / np.arange(1, len(p) + 1)
    q = np.empty(len(p))
    q[order] = np.minimum(1.0, np.minimum.accumulate(scaled[::-1])[::-1])
    return q


def digits(value: float) -> float:
    """A small number with six significant digits: what is stored and shown, the same on every machine."""
    return float(f"{value:.6g}")
