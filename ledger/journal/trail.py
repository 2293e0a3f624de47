"""What each delivery changed of a transaction, told from its versions alone."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ledger.journal.fold import Content, flat, folded, folded_step
from ledger.journal.models import Version


@dataclass(frozen=True)
class Difference:
    """One value that a version changed, as canonical content holds it; None where it was or became unknown.

    `column` is a column of transactions, "attrs.<name>", or "steps.<seq>.<column>".
    """

    column: str
    before: Any
    after: Any


def differences(versions: Iterable[Version]) -> dict[int, list[Difference]]:
    """What each version changed, by its number; `versions` are all of one transaction, oldest first. The first changed nothing."""
    picture: Content = {}
    steps: dict[int, Content] = {}
    told: dict[int, list[Difference]] = {}
    for version in versions:
        content = json.loads(version.text)["content"]
        if version.part == Version.Part.RECORD:
            after = folded(picture, content)
            told[version.number] = _differences("", flat(picture), flat(after)) if picture else []
            picture = after
            continue
        found = []
        for step in content["steps"]:
            known = steps.get(step["seq"], {})
            steps[step["seq"]] = folded_step(known, step)
            found += _differences(f"steps.{step['seq']}.", known, steps[step["seq"]])
        told[version.number] = found
    return told


def _differences(prefix: str, before: Content, after: Content) -> list[Difference]:
    names = [*before, *(name for name in after if name not in before)]
    pairs = ((name, before.get(name), after.get(name)) for name in names)
    return [Difference(prefix + name, old, new) for name, old, new in pairs if old != new]
