"""Whether an item or a power can be: field by field, with the reason for whoever typed it."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields

from django.utils.translation import gettext as _

from ledger.lines import lines
from risk.checklist.contents import PowerEntry
from risk.checklist.models import ChecklistItem, Power
from risk.checklist.shipped import ALLOWED, COMMON, MAY_BE_EMPTY, Entry

NUMBER = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)+")
MOST_STEPS, LONGEST_STEP = 20, 100
LEVELS = tuple(ChecklistItem.Level.values)


@dataclass(frozen=True)
class Problem:
    """What is wrong with one field."""

    field: str
    value: str
    reason: str


def read_item(given: Mapping[str, str], *, known_rules: Collection[str]) -> tuple[Entry, list[Problem]]:
    """An item as typed, and everything that is wrong with it; `rules` are codes with any separator between them."""
    values = {field.name: " ".join(str(given.get(field.name, "")).split()) for field in fields(Entry)}
    rules = tuple(dict.fromkeys(code for code in re.split(r"[;；,，、\s]+", values["rules"]) if code))
    problems = [Problem(name, value, reason) for name, value in values.items() if (reason := _wrong(name, value))]
    unknown = [code for code in rules if code not in known_rules]
    if unknown:
        problems.append(Problem("rules", ", ".join(unknown), _("There is no such rule.")))
    return Entry(**{**values, "rules": rules}), problems  # type: ignore[arg-type]


def _wrong(name: str, value: str) -> str:
    if not value:
        return "" if name in MAY_BE_EMPTY else _("Fill it in.")
    if name in ALLOWED and value not in ALLOWED[name]():
        return _("It is not one of the values there are.")
    if name == "no" and not NUMBER.fullmatch(value):
        return _("A number is capital letters and digits with a dash between them, like REG-A1.")
    longest = getattr(ChecklistItem._meta.get_field(name), "max_length", None)
    if longest and len(value) > longest:
        return _("It is longer than %(most)d characters.") % {"most": longest}
    return ""


def lowered(before: Entry, after: Entry) -> bool:
    """Whether the risk of an item goes down: high, medium, low."""
    return LEVELS.index(after.level) > LEVELS.index(before.level)


def read_power(given: Mapping[str, str]) -> tuple[PowerEntry, list[Problem]]:
    """A power as typed, its steps one a line, and everything that is wrong with it."""
    values = {name: " ".join(str(given.get(name, "")).split()) for name in ("line", "post", "name", "basis")}
    steps = tuple(" ".join(step.split()) for step in str(given.get("steps", "")).splitlines() if step.strip())
    problems = []
    for name, value in values.items():
        longest = getattr(Power._meta.get_field(name), "max_length", None)
        if not value and name != "basis":
            problems.append(Problem(name, value, _("Fill it in.")))
        elif longest and len(value) > longest:
            problems.append(Problem(name, value, _("It is longer than %(most)d characters.") % {"most": longest}))
    if values["line"] and values["line"] not in {*lines(), COMMON}:
        problems.append(Problem("line", values["line"], _("It is not one of the values there are.")))
    if not steps:
        problems.append(Problem("steps", "", _("Name at least one step.")))
    if len(steps) > MOST_STEPS or any(len(step) > LONGEST_STEP for step in steps):
        bounds = {"most": MOST_STEPS, "long": LONGEST_STEP}
        problems.append(Problem("steps", "", _("At most %(most)d steps of %(long)d characters.") % bounds))
    return PowerEntry(**values, steps=steps), problems
