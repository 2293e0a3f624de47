"""How many alerts of a view there are by level, line, rule and unit: read once for every figure of the filter row."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from ledger.roster.models import Unit
from risk.rules.models import RuleVersion

# Level, line, rule version and unit of an alert: numbers where there are some, which are named afterwards.
COUNTED = ("level", "line", "rule_version_id", "unit_id")


class Figures:
    """The figures of some alerts, with the names of the rules (code: Chinese and English title) and units (code: name) among them.

    `columns`: COUNTED of every alert, column by column; or of every kind of alert, of which `numbers` says how many there are.
    """

    def __init__(self, columns: Sequence[Sequence[Any]], numbers: Sequence[int] | None = None) -> None:
        self._levels, self._lines, self._versions, self._units = columns or ((), (), (), ())
        self._numbers = numbers
        versions = RuleVersion.objects.filter(pk__in=set(self._versions)).values_list("pk", "rule__code", "title_zh", "title_en")
        named = {pk: rest for pk, *rest in versions}
        units = Unit.objects.filter(pk__in=set(self._units)).values_list("pk", "code", "name")
        places = {pk: (code, name) for pk, code, name in units}
        self._rule_of = {pk: code for pk, (code, _chinese, _english) in named.items()}
        self._unit_of = {pk: code for pk, (code, _name) in places.items()}
        self.lines: set[str] = set(self._lines)
        self.rules: dict[str, tuple[str, str]] = {code: (chinese, english) for code, chinese, english in named.values()}
        self.units: dict[str, str] = dict(places.values())
        self.whole = len(self._levels) if numbers is None else sum(numbers)

    def places(self, *, line: str, rule: str, unit: str) -> Sequence[int]:
        """Which of what was given are of a line, a rule and a unit, where one is given: their places, in order."""
        found: Sequence[int] = range(len(self._levels))
        if line:
            found = [place for place in found if self._lines[place] == line]
        if rule:
            found = [place for place in found if self._rule_of[self._versions[place]] == rule]
        if unit:
            found = [place for place in found if self._unit_of[self._units[place]] == unit]
        return found

    def by_level(self, *, line: str, rule: str, unit: str) -> Counter[str]:
        """Alerts by level, of those of a line, a rule and a unit where one is given."""
        places = self.places(line=line, rule=rule, unit=unit)
        if self._numbers is None:
            return Counter(map(self._levels.__getitem__, places))
        counted: Counter[str] = Counter()
        for place in places:
            counted[self._levels[place]] += self._numbers[place]
        return counted
