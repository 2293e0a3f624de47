"""Where units may stand: which rows of a units file make a tree with what is there already. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A unit as one row places it: under `parent` (empty: at the top), and administratively under `admin` (empty: none)."""

    code: str
    parent: str
    admin: str = ""


def misplaced(existing: Mapping[str, str], rows: Sequence[Place]) -> dict[int, tuple[str, str]]:
    """Positions of rows that cannot stand, with (column, reason). `existing` maps unit code to parent code.

    A later row of a unit replaces an earlier one. Parents may come after children. What is left always is a tree.
    """
    bad: dict[int, tuple[str, str]] = {}
    while True:
        standing = [(position, row) for position, row in enumerate(rows) if position not in bad]
        known = set(existing) | {row.code for _position, row in standing}
        found = {position: fault for position, row in standing if (fault := _unknown(row, known))}
        if not found:
            parents = dict(existing) | {row.code: row.parent for _position, row in standing}
            circling = _circling(parents)
            found = {position: ("parent_code", "parent_cycle") for position, row in standing if row.code in circling}
        if not found:
            return bad
        bad |= found


def top_down(parents: Mapping[str, str]) -> list[str]:
    """The codes of a tree, every parent before its children, siblings by code."""
    below: dict[str, list[str]] = {}
    for code in sorted(parents, reverse=True):
        below.setdefault(parents[code], []).append(code)
    order: list[str] = []
    waiting = below.get("", [])
    while waiting:
        code = waiting.pop()
        order.append(code)
        waiting += below.get(code, [])
    return order


def _unknown(row: Place, known: set[str]) -> tuple[str, str] | None:
    if row.parent and row.parent not in known:
        return "parent_code", "unknown_unit"
    if row.admin and row.admin not in known:
        return "admin_parent_code", "unknown_unit"
    return None


def _circling(parents: Mapping[str, str]) -> set[str]:
    """The codes that stand below themselves."""
    grounded: set[str] = {""}
    circling: set[str] = set()
    for start in parents:
        path: list[str] = []
        code = start
        while code not in grounded and code not in circling and code not in path:
            path.append(code)
            code = parents[code]
        if code in path:
            circling |= set(path[path.index(code) :])
            grounded |= set(path[: path.index(code)])
        else:
            grounded |= set(path)
    return circling
