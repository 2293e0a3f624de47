"""How rules do: what became of their alerts, how often they hit now and before, and which others hit the same subjects."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pandas as pd
from django.db.models import Count, Max, Q, QuerySet, Sum

from ledger.journal.models import DailyCount
from ledger.kit.days import day_start, ordinal
from risk.alerts.models import Alert, Hit
from risk.frames import TRANSACTIONS
from risk.rules.models import RuleVersion

OUTCOME_DAYS = 90
RECENT, BEFORE = timedelta(days=28), timedelta(days=182)
# A change is told of from so many hits up, when it is at least twofold and three standard deviations of a count.
DRIFT_LEAST, DRIFT_FACTOR, DRIFT_SPREAD = 5, 2.0, 3.0
OUTCOMES: dict[str, Q] = {
    "all": Q(),
    "open": Q(status__in=Alert.OPEN),
    "pursued": Q(status__in=(Alert.Status.ISSUED, Alert.Status.ASSIGNED)),
    "confirmed": Q(status=Alert.Status.CLOSED, outcome__in=(Alert.Outcome.CONFIRMED, Alert.Outcome.PARTLY)),
    "unfounded": Q(status=Alert.Status.CLOSED) & ~Q(outcome__in=(Alert.Outcome.CONFIRMED, Alert.Outcome.PARTLY)),
    "dismissed": Q(status=Alert.Status.DISMISSED),
    "withdrawn": Q(status=Alert.Status.WITHDRAWN),
}


@dataclass(frozen=True)
class Health:
    """One rule. `outcomes`: alerts raised in the last 90 days by what became of them, "all" their sum.

    `recent`: hits on the last 28 event days, `before` on the 182 before them; `rows` and `rows_before` the business of its lines then, 0
    where its rows are records. `last`: the event day of its last hit.
    """

    outcomes: Mapping[str, int]
    recent: int = 0
    before: int = 0
    rows: int = 0
    rows_before: int = 0
    last: date | None = None

    @property
    def settled(self) -> int:
        """Alerts of which people found out what they were."""
        return self.outcomes["confirmed"] + self.outcomes["unfounded"] + self.outcomes["dismissed"]

    @property
    def expected(self) -> float:
        """Hits of the last 28 days, had the rate of the half year before gone on with today's business."""
        if self.rows and self.rows_before:
            return self.before * self.rows / self.rows_before
        return self.before * RECENT.days / BEFORE.days

    @property
    def drifts(self) -> int:
        """1 when it hits far more than before, -1 when far less, else 0."""
        more, less = max(self.recent, self.expected), min(self.recent, self.expected)
        if more < DRIFT_LEAST or more < DRIFT_FACTOR * less or more - less < DRIFT_SPREAD * max(self.expected, 1.0) ** 0.5:
            return 0
        return 1 if self.recent > self.expected else -1


def raised_lately(alerts: QuerySet[Alert], today: date) -> QuerySet[Alert]:
    """Those raised in the last 90 days, of which outcomes are told."""
    return alerts.filter(raised_at__gte=day_start(today - timedelta(days=OUTCOME_DAYS - 1)))


def health_of(versions: Iterable[RuleVersion], *, alerts: QuerySet[Alert], hits: QuerySet[Hit], today: date) -> dict[str, Health]:
    """By code, of the rules of these versions. `alerts` and live `hits`: those that count, cut to what the reader may know of."""
    some = list(versions)
    rules = {version.rule_id for version in some}
    lately = raised_lately(alerts.filter(rule__in=rules), today).order_by().values("rule")
    outcomes = {row["rule"]: row for row in lately.annotate(**{name: Count("pk", filter=which) for name, which in OUTCOMES.items()})}
    turn = today - RECENT
    own = hits.filter(rule__in=rules).order_by()
    of_rule = own.filter(day__gt=turn - BEFORE).values("rule")
    of_rule = of_rule.annotate(recent=Count("pk", filter=Q(day__gt=turn)), before=Count("pk", filter=Q(day__lte=turn)))
    counted = {row["rule"]: row for row in of_rule}
    last = dict(own.values_list("rule").annotate(Max("day")))
    business = _business(turn, today)
    found = {}
    for version in some:
        row: Mapping[str, Any] = outcomes.get(version.rule_id, {})
        hit: Mapping[str, Any] = counted.get(version.rule_id, {})
        one = Health(
            {name: row.get(name, 0) for name in OUTCOMES}, hit.get("recent", 0), hit.get("before", 0), last=last.get(version.rule_id)
        )
        if version.rule.frame == TRANSACTIONS:
            seen = [pair for line, pair in business.items() if not version.lines or line in version.lines]
            one = replace(one, rows=sum(pair[0] for pair in seen), rows_before=sum(pair[1] for pair in seen))
        found[version.rule.code] = one
    return found


def _business(turn: date, today: date) -> dict[str, tuple[int, int]]:
    """Transactions by line: of the recent days, and of those before."""
    counts = DailyCount.objects.filter(day__gt=turn - BEFORE, day__lte=today).order_by().values("line")
    told = counts.annotate(recent=Sum("rows", filter=Q(day__gt=turn)), before=Sum("rows", filter=Q(day__lte=turn)))
    return {row["line"]: (row["recent"] or 0, row["before"] or 0) for row in told}


def companions(hits: QuerySet[Hit], today: date) -> dict[str, list[tuple[str, int, int]]]:
    """By code of a rule: (other rule, buckets of the rule in which both hit the same subject, all its buckets), the most first.

    From those of the live `hits` that are of the last 90 event days, also in shadow.
    """
    rows = hits.filter(day__gt=today - timedelta(days=OUTCOME_DAYS)).values_list(
        "rule__code", "rule__merge_days", "subject_kind", "subject_code", "day"
    )
    table = pd.DataFrame(list(rows), columns=["rule", "width", "kind", "subject", "day"])
    if table.empty:
        return {}
    table["day"] = table["day"].map(ordinal)
    found: dict[str, list[tuple[str, int, int]]] = {}
    for width in table["width"].unique():
        cut = table.assign(bucket=table["day"] // width).drop_duplicates(["rule", "kind", "subject", "bucket"])
        own = cut[cut["width"] == width]
        both = own.merge(cut, on=["kind", "subject", "bucket"], suffixes=("", "_other"))
        both = both[both["rule"] != both["rule_other"]]
        of_rule = own["rule"].value_counts()
        for (code, other), number in both.groupby(["rule", "rule_other"]).size().items():  # type: ignore[misc]
            found.setdefault(str(code), []).append((str(other), int(number), int(of_rule[code])))
    return {code: sorted(others, key=lambda one: (-one[1], one[0])) for code, others in found.items()}
