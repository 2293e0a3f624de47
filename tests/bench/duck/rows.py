"""The rows of a rule: its columns and references as expressions of SQL, its conditions, and the joins they need."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from risk.detectors.base import Spec
from risk.detectors.duration import moment
from risk.detectors.parts.predicates import ORDERED, Predicate
from risk.detectors.parts.references import moment_of, split
from tests.bench.duck.store import NOTHING, Store, kind_of

ROSTERS = {"staff": "staff", "agencies": "agency", "units": "unit"}
SIGNS = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}


class NoSql(Exception):
    """A rule asks for something that no shipped rule on transactions asks for, and that nobody wrote SQL for."""


def literal(value: Any) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)


def known(sql: str, kind: str) -> str:
    return {"text": f"{sql} <> ''", "key": f"{sql} <> 0", "whole": f"{sql} <> 0", "flag": "TRUE"}.get(kind, f"{sql} IS NOT NULL")


class Rows:
    """One look at the rows of a rule. `r` is the row; every reference adds the join it needs, once."""

    def __init__(self, spec: Spec, store: Store, *, scoped: bool = True) -> None:
        self.spec, self.store = spec, store
        self.source = store.rows(spec.lines)
        self.scope = [f"{self.own(name)} IN ({', '.join(map(literal, values))})" for name, values in spec.scope.items()] if scoped else []
        self._steps: dict[str, dict[str, str]] = {}
        self._related: set[str] = set()
        self._joins: dict[str, str] = {}
        self.last_joins: list[str] = []

    def own(self, column: str) -> str:
        if self.store.has(self.spec.lines, column):
            # One line may declare an attribute that another carries among its extra ones.
            elsewhere = column.startswith("attr.") and len(self.spec.lines) > 1 and kind_of(column) in ("number", "moment")
            return f'coalesce(r."{column}", {self._from_extra(column)})' if elsewhere else f'r."{column}"'
        return self._from_extra(column) if self._extra(column) else NOTHING[kind_of(column)]

    def _from_extra(self, column: str) -> str:
        path = f'$."{column[5:]}"'
        text = f"CASE WHEN r.extra = '' THEN '' ELSE coalesce(json_extract_string(r.extra, '{path}'), '') END"
        return {"number": f"TRY_CAST({text} AS DOUBLE)", "moment": f"TRY_CAST({text} AS TIMESTAMP)"}.get(kind_of(column), text)

    def kind(self, column: str) -> str:
        """Of a column of the rows. What is no column of the lines' files stands in `extra` as text, not as a hash."""
        kind = kind_of(column)
        return "text" if kind == "key" and self._extra(column) else kind

    def _extra(self, column: str) -> bool:
        there = self.store.has(self.spec.lines, column)
        return not there and column.startswith("attr.") and self.store.has(self.spec.lines, "extra")

    @property
    def subject(self) -> str:
        return self.own(self.spec.subject_column)

    @property
    def subject_known(self) -> str:
        return known(self.subject, kind_of(self.spec.subject_column))

    def ref(self, reference: str) -> tuple[str, str]:
        """(expression, kind) of a reference."""
        kind, first, second = split(reference)
        if kind == "own":
            return self.own(first), self.kind(first)
        if kind == "related":
            self._related.add(first)
            return f'related."{first}"', kind_of(first)
        if kind == "steps":
            if second == "present":
                raise NoSql(f"{reference} outside a condition")
            self._steps.setdefault(first, {})[second] = f'arg_min("{second}", seq)'
            return f'step_{first}."{second}"', "moment" if second == "at" else "text"
        if kind == "minutes":
            start, end = (self.ref(moment_of(one))[0] for one in (first, second))
            return f"(epoch({end}) - epoch({start})) / 60.0", "number"
        if kind in ROSTERS:
            name = f"{kind}_{first.replace('.', '_')}"
            self._joins[name] = f"LEFT JOIN {kind} AS {name} ON {name}.{ROSTERS[kind]} = {self.own(first)}"
            return f"{name}.{second}", "text"
        raise NoSql(f"{reference} outside a condition")

    def moment(self, name: str) -> str:
        return self.ref(moment(name))[0]

    def known(self, reference: str) -> str:
        return known(*self.ref(reference))

    def holds(self, every: Iterable[Predicate] = (), some: Sequence[Predicate] = ()) -> list[str]:
        """Conditions joined by AND."""
        found = [self.condition(one) for one in every]
        if some:
            found.append("(" + " OR ".join(self.condition(one) for one in some) + ")")
        return found

    def condition(self, one: Predicate) -> str:
        kind, first, second = split(one.column)
        if kind == "steps" and second == "present" and one.op == "eq":
            inside = f"(SELECT id FROM {self.store.steps(self.spec.lines)} WHERE step = {literal(first)})"
            return f"r.id {'' if one.value == 'yes' else 'NOT '}IN {inside}"
        if kind == "postings":
            return self._posting(first, second, one)
        sql, kind = self.ref(one.column)
        if one.op in ("empty", "not_empty"):
            there = known(sql, kind)
            return there if one.op == "not_empty" else f"NOT coalesce({there}, FALSE)"
        if one.op in ("same_as", "differs_from"):
            other, other_kind = self.ref(one.value)
            return f"({known(sql, kind)} AND {known(other, other_kind)} AND {sql} {'=' if one.op == 'same_as' else '<>'} {other})"
        if one.op == "starts":
            return f"starts_with({sql}, {literal(one.value)})"
        if one.op in ("in", "not_in"):
            among = f"{sql} {'' if one.op == 'in' else 'NOT '}IN ({', '.join(map(literal, one.value))})"
            return f"({known(sql, kind)} AND {among})" if one.op == "not_in" else among
        if one.op in ORDERED and kind == "text":
            return f"TRY_CAST({sql} AS DOUBLE) {SIGNS[one.op]} {literal(one.value)}"
        compared = f"{sql} {SIGNS[one.op]} {literal(one.value)}"
        return compared if one.op == "eq" and one.value else f"({known(sql, kind)} AND {compared})"

    def _posting(self, person: str, fact: str, one: Predicate) -> str:
        who = self.own(person)
        if one.op != "eq" or fact == "posted" or (fact, one.value) == ("in_post", "yes"):
            raise NoSql(f"{one.column} {one.op}")
        if fact == "left":
            sign = "<" if one.value == "yes" else ">="
            return f"EXISTS (SELECT 1 FROM last_posting l WHERE l.staff = {who} AND l.last {sign} r.day)"
        return (
            f"{who} IN (SELECT staff FROM postings) AND r.post <> '' AND NOT EXISTS (SELECT 1 FROM postings p"
            f" WHERE p.staff = {who} AND p.post = r.post AND r.day BETWEEN p.start_day AND p.end_day)"
        )

    def select(self, values: Mapping[str, str], where: Sequence[str] = (), *, group: str = "") -> str:
        """SELECT `values` (name to expression) of the rows in scope that satisfy all of `where`."""
        wanted = ", ".join(f"{sql} AS {name}" for name, sql in values.items())
        conditions = [*self.scope, *where]
        limit = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        return f"SELECT {wanted} FROM {self.source} r {self._all_joins()}{limit}{f' GROUP BY {group}' if group else ''}"

    def _all_joins(self) -> str:
        # Of steps and of other transactions only those of rows in scope: what is joined stays small.
        within = f"SELECT r.id FROM {self.source} r WHERE {' AND '.join(self.scope)}" if self.scope else ""
        found = list(self._joins.values())
        for name, fields in self._steps.items():
            wanted = ", ".join(f'{sql} AS "{field}"' for field, sql in fields.items())
            kept = f" AND id IN ({within})" if within else ""
            found.append(
                f"LEFT JOIN (SELECT id, {wanted} FROM {self.store.steps(self.spec.lines)} WHERE step = {literal(name)}{kept}"
                f" GROUP BY id) AS step_{name} ON step_{name}.id = r.id"
            )
        if self._related:
            wanted = ", ".join(f'"{name}"' for name in sorted(self._related | {"tie"}))
            pointing = f"SELECT r.related FROM {self.source} r WHERE {' AND '.join([*self.scope, 'r.related <> 0'])}"
            everything = self.store.rows(())
            found.append(f"LEFT JOIN (SELECT {wanted} FROM {everything} WHERE tie IN ({pointing})) AS related ON related.tie = r.related")
        return " ".join([*found, *self.last_joins])


def batch_stamped(rows: Rows, stamp: str, least: int) -> tuple[str, str]:
    """(a CTE of the stamps that recur so often for a subject, the condition that a row is none of them)."""
    where = [rows.subject_known, f"{stamp} IS NOT NULL"]
    listed = rows.select({"subject": rows.subject, "stamp": stamp}, where, group="ALL HAVING count(*) >= " + str(least))
    return f"uploads AS ({listed})", f"({rows.subject}, {stamp}) NOT IN (SELECT (subject, stamp) FROM uploads)"
