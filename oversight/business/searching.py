"""A search of the ledger: a few parts, each a range of one index read from its newest end, merged. Nothing else reads the whole table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet

from ledger.columns.hashing import key64
from ledger.journal.models import Transaction
from ledger.journal.queries import known_sources
from ledger.journal.sight import Sight, within
from ledger.kit.days import EPOCH
from ledger.lines import lines
from ledger.roster.models import Agency, Post, Staff, Unit
from ledger.roster.queries import unit_codes_below
from oversight.business.copies import copied
from oversight.business.kinds import CITIZENS, Kind, guesses, spellings
from oversight.business.wanted import Wanted
from oversight.viewer import Viewer

PAGE, MOST_COUNTED = 50, 1000
# So many people or agencies of one name are searched together; more ask for a longer name.
MOST_NAMED = 20
FIELDS = {
    Kind.STAFF: "handler_no",
    Kind.AGENCY: "agency_code",
    Kind.PERSON: "person_id_no",
    Kind.AGENT: "agent_id_no",
    Kind.PLATE: "plate_no",
    Kind.TERMINAL: "terminal",
    Kind.UNIT: "unit_code",
}
# What no index holds, by the column of the columnar copy in which it stands. It is searched when asked for, never guessed.
COPIED = {Kind.APPROVER: "approver", Kind.POST: "post"}
# Those the roster knows by name.
ROSTER = (Kind.STAFF, Kind.APPROVER, Kind.AGENCY, Kind.POST, Kind.UNIT)
_TABLES: dict[Kind, type[Post | Agency | Unit]] = {Kind.POST: Post, Kind.UNIT: Unit}
NEWEST = ("-event_day", "-accepted_at", "-id")
Part = Mapping[str, Any]


@dataclass(frozen=True)
class Named:
    """Somebody or some agency of the roster that the text names."""

    kind: Kind
    code: str
    name: str


class Search:
    """What a person asked for, within what they see. Rows, counts and other readings all start from `_filtered`.

    Unless `purposed`, nothing is guessed or counted by a citizen's number: that would answer without a purpose whether it is known.
    """

    def __init__(self, viewer: Viewer, wanted: Wanted, *, purposed: bool) -> None:
        self.viewer, self.wanted, self.purposed = viewer, wanted, purposed
        self.sight = Sight.of(viewer.user, viewer.grants)

    @cached_property
    def kind(self) -> Kind | None:
        """As what the text is searched: as chosen, else the likeliest guess that the roster or the ledger knows."""
        if not self.wanted.text or self.wanted.kind:
            return Kind(self.wanted.kind) if self.wanted.kind else None
        found = guesses(self.wanted.text)
        return next((kind for kind in found if self._knows(kind)), found[0])

    @property
    def guessed(self) -> bool:
        return bool(self.wanted.text) and not self.wanted.kind

    def _knows(self, kind: Kind) -> bool:
        if kind in CITIZENS and not self.purposed:
            return False
        if kind in ROSTER:
            return bool(_named(kind, self.wanted.text))
        return any(_of(self._seen, part).exists() for part in self._parts_of(kind))

    @cached_property
    def named(self) -> list[Named]:
        """Those of the roster whom the text names, at most MOST_NAMED and one."""
        return _named(self.kind, self.wanted.text) if self.kind in ROSTER else []

    @cached_property
    def _seen(self) -> QuerySet[Transaction]:
        return self.sight.filter(Transaction.objects.all())

    @cached_property
    def units(self) -> frozenset[str] | None:
        """The units asked for, within those seen; None where every unit is meant."""
        seen = self.sight.codes
        wanted = seen & unit_codes_below([self.wanted.unit]) if self.wanted.unit else seen
        return None if self.sight.everything and wanted == seen else wanted

    @cached_property
    def _filtered(self) -> QuerySet[Transaction]:
        """What is seen, within the days, the line and the unit asked for."""
        found, (first, last) = self._seen, self.wanted.span
        if self.wanted.unit and self.units is not None:
            found = within(found, self.units)
        if self.wanted.line:
            found = found.filter(line=self.wanted.line)
        days = ({"event_day__gte": first} if first else {}) | ({"event_day__lte": last} if last else {})
        return found.filter(**days)

    @cached_property
    def parts(self) -> list[Part]:
        """The conditions of each part: of a text one for each spelling or person; without one by unit, or by line where all are meant."""
        if self.kind is not None:
            return self._parts_of(self.kind)
        if self.units is not None:
            return [{"unit_code": code} for code in sorted(self.units)]
        return [{"line": code} for code in sorted(lines()) if self.wanted.line in ("", code)]

    def _parts_of(self, kind: Kind, until: date | None = None) -> list[Part]:
        text = self.wanted.text
        if kind == Kind.SERIAL:
            source, _sep, serial = text.partition(":")
            whole = [{"source": source.strip(), "serial_no": serial.strip()}] if serial else []
            return [*whole, {"source__in": known_sources(), "serial_no": text}]
        if kind == Kind.VIN:
            return [{"pk__in": self._in_copy("vin", [key64(number) for number in spellings(kind, text)], until)}]
        named = [one.code for one in _named(kind, text)] if kind in ROSTER else []
        codes = named[:MOST_NAMED] or spellings(kind, text)
        return [{"pk__in": self._in_copy(COPIED[kind], codes, until)}] if kind in COPIED else [{FIELDS[kind]: code} for code in codes]

    def _in_copy(self, column: str, values: Sequence[Any], until: date | None) -> list[int]:
        """Transactions by what no index holds: found in the columnar copy, the newest of what is seen and asked for, `until` a day."""
        first, last = self.wanted.span
        where = {column: values} | ({"unit": sorted(self.units)} if self.units is not None else {})
        found = copied(
            ("id", "day"),
            first_day=first or EPOCH,
            last_day=min(filter(None, (last, until)), default=date.max),
            lines=(self.wanted.line,) if self.wanted.line else (),
            where=where,
        )
        return [int(key) for key in found.sort_values("day", ascending=False)["id"].head(MOST_COUNTED + 1)]

    def page(self, after: Transaction | None) -> tuple[list[Transaction], bool]:
        """The newest rows after one, and whether there are more."""
        found = self._filtered
        if after is not None:
            earlier = Q(accepted_at__lt=after.accepted_at) | Q(accepted_at=after.accepted_at, id__lt=after.pk)
            found = found.filter(earlier, event_day__lte=after.event_day)
        parts = self.parts if after is None or self.kind is None else self._parts_of(self.kind, after.event_day)
        rows = {row.pk: row for part in parts for row in _of(found, part).order_by(*NEWEST)[: PAGE + 1]}
        newest = sorted(rows.values(), key=lambda row: (row.event_day, row.accepted_at, row.pk), reverse=True)
        return newest[:PAGE], len(newest) > PAGE

    @cached_property
    def total(self) -> int:
        """How many there are, counted no further than one beyond MOST_COUNTED."""
        return self._counted(self.parts)

    def _counted(self, parts: Sequence[Part]) -> int:
        number = 0
        for part in parts:
            number += _of(self._filtered, part).order_by()[: MOST_COUNTED + 1 - number].count()
            if number > MOST_COUNTED:
                break
        return number

    def elsewhere(self) -> list[tuple[Kind, int]]:
        """As what else the text is known, with how many transactions each; counted like the total."""
        open_to = [kind for kind in guesses(self.wanted.text) if self.purposed or kind not in CITIZENS]
        others = [kind for kind in open_to if kind != self.kind]
        counted = [(kind, self._counted(self._parts_of(kind))) for kind in others]
        return [(kind, number) for kind, number in counted if number]


def _of(found: QuerySet[Transaction], part: Part) -> QuerySet[Transaction]:
    """A part of what was found. The indexes leave out rows without a code; SQLite takes them only for a query that says so too."""
    stated = [name for name in part if name in FIELDS.values() and name not in ("handler_no", "unit_code")]
    return found.exclude(**{name: "" for name in stated}).filter(**part) if stated else found.filter(**part)


def _named(kind: Kind | None, text: str) -> list[Named]:
    if kind in (Kind.STAFF, Kind.APPROVER):
        staff = Staff.objects.filter(Q(staff_no=text) | Q(name=text)).order_by("staff_no").values_list("staff_no", "name")
        return [Named(kind, code, name) for code, name in staff[: MOST_NAMED + 1]]
    table = _TABLES.get(kind or Kind.AGENCY, Agency)
    found = table.objects.filter(code=text) if table.objects.filter(code=text).exists() else table.objects.filter(name__contains=text)
    return [Named(kind or Kind.AGENCY, code, name) for code, name in found.order_by("code").values_list("code", "name")[: MOST_NAMED + 1]]
