"""How many alerts of a view there are by level, line, rule and unit: one query behind every figure of the filter row."""

from collections import Counter
from typing import NamedTuple

from django.db.models import Count, QuerySet

from ledger.roster.models import Unit
from risk.alerts.models import Alert
from risk.rules.models import RuleVersion


class Row(NamedTuple):
    """So many alerts of one level, line, rule and unit."""

    level: str
    line: str
    rule: str
    unit: str
    number: int


class Figures:
    """The figures of some alerts, with the names of the rules (code: Chinese and English title) and units (code: name) among them."""

    def __init__(self, alerts: QuerySet[Alert]) -> None:
        # Grouped by numbers and named afterwards: a group has no texts to compare and to fetch.
        grouped = alerts.order_by().values_list("level", "line", "rule_version_id", "unit_id").annotate(number=Count("id"))
        found = list(grouped)
        versions = RuleVersion.objects.filter(pk__in={version for _level, _line, version, _unit, _number in found})
        named = {pk: rest for pk, *rest in versions.values_list("pk", "rule__code", "title_zh", "title_en")}
        units = Unit.objects.filter(pk__in={unit for *_rest, unit, _number in found}).values_list("pk", "code", "name")
        places = {pk: (code, name) for pk, code, name in units}
        self.rows = [Row(level, line, named[version][0], places[unit][0], number) for level, line, version, unit, number in found]
        self.rules: dict[str, tuple[str, str]] = {code: (chinese, english) for code, chinese, english in named.values()}
        self.units: dict[str, str] = dict(places.values())
        self.whole = sum(row.number for row in self.rows)

    def by_level(self, *, line: str, rule: str, unit: str) -> Counter[str]:
        """Alerts by level, of those of a line, a rule and a unit where one is given."""
        counted: Counter[str] = Counter()
        for row in self.rows:
            if line in ("", row.line) and rule in ("", row.rule) and unit in ("", row.unit):
                counted[row.level] += row.number
        return counted
