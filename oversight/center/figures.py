"""How many alerts of a view there are by level, line, rule and unit: counted once for every figure of the filter row."""

from collections import Counter
from collections.abc import Mapping

from ledger.roster.models import Unit
from risk.rules.models import RuleVersion

# Level, line, rule version and unit of an alert: numbers where there are some, which are named afterwards.
COUNTED = ("level", "line", "rule_version_id", "unit_id")
Cell = tuple[str, str, int, int]


class Figures:
    """The figures of some alerts, with the names of the rules (code: Chinese and English title) and units (code: name) among them."""

    def __init__(self, counted: Mapping[Cell, int]) -> None:
        self._counted = counted
        versions = RuleVersion.objects.filter(pk__in={version for _level, _line, version, _unit in counted}).values_list(
            "pk", "rule__code", "title_zh", "title_en"
        )
        named = {pk: rest for pk, *rest in versions}
        units = Unit.objects.filter(pk__in={unit for _level, _line, _version, unit in counted}).values_list("pk", "code", "name")
        places = {pk: (code, name) for pk, code, name in units}
        self._rule_of = {pk: code for pk, (code, _chinese, _english) in named.items()}
        self._unit_of = {pk: code for pk, (code, _name) in places.items()}
        self.lines = {line for _level, line, _version, _unit in counted}
        self.rules: dict[str, tuple[str, str]] = {code: (chinese, english) for code, chinese, english in named.values()}
        self.units: dict[str, str] = dict(places.values())
        self.whole = sum(counted.values())

    def cells(self, *, line: str, rule: str, unit: str) -> list[Cell]:
        """Those of a line, a rule and a unit where one is given."""
        rules, units = self._rule_of, self._unit_of
        found = list(self._counted)
        if line:
            found = [cell for cell in found if cell[1] == line]
        if rule:
            found = [cell for cell in found if rules[cell[2]] == rule]
        return [cell for cell in found if units[cell[3]] == unit] if unit else found

    def by_level(self, *, line: str, rule: str, unit: str) -> Counter[str]:
        """Alerts by level, of those of a line, a rule and a unit where one is given."""
        counted: Counter[str] = Counter()
        for cell in self.cells(line=line, rule=rule, unit=unit):
            counted[cell[0]] += self._counted[cell]
        return counted
