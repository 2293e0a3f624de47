"""Writes of the roster: rows that state what is so, taken over by code. Nothing is removed, and what is not stated stays."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple, Protocol

from django.db import models, transaction

from ledger.kit import locks
from ledger.kit.days import EPOCH
from ledger.roster.models import Agency, Post, Posting, Shift, Staff, Unit
from ledger.roster.queries import unit_codes_below
from ledger.roster.tree import Place, misplaced, top_down

FAR_PAST, FAR_FUTURE = EPOCH, date(2100, 12, 31)
UNIT_FIELDS = ("name", "kind", "leader_no", "hours", "district")
# What is known of a person that says something about business.
STAFF_FACTS = ("kind", "unit_code", "responsible_no")
# The columns that identify a row of each kind of file.
IDENTITY: Mapping[str, tuple[str, ...]] = {
    "units": ("code",),
    "agencies": ("code",),
    "posts": ("code",),
    "staff": ("staff_no",),
    "postings": ("staff_no", "post_code", "unit_code", "start_date"),
    "shifts": ("unit_code", "date", "start", "end"),
}


class Stated(Protocol):
    """A checked row: the values it gives, and the columns it states; stated and not given means empty."""

    values: dict[str, Any]
    stated: Any


class Outcome(NamedTuple):
    """What became of a row: accepted, revised, duplicate or rejected; the last with the column and the reason."""

    state: str
    column: str = ""
    reason: str = ""


@dataclass
class Saved:
    """Outcomes in the order of the rows, what each row found (None: nothing), and whether and whose days must be looked at again."""

    outcomes: list[Outcome]
    before: list[Mapping[str, Any] | None]
    changed: bool = False
    unit_codes: set[str] = field(default_factory=set)
    staff_nos: set[str] = field(default_factory=set)
    agency_codes: set[str] = field(default_factory=set)
    first_day: date = FAR_PAST
    last_day: date = FAR_FUTURE


@transaction.atomic
def save_units(*, rows: Sequence[Stated]) -> Saved:
    """Take units over and place them in the tree; parents may come after their children."""
    locks.hold("roster")
    units = {unit.code: unit for unit in Unit.objects.all()}
    code_at = {unit.path: unit.code for unit in units.values()}
    existing = {unit.code: code_at.get(unit.path[: -Unit.steplen], "") for unit in units.values()}
    admin_of = {unit.code: unit.admin_superior_id for unit in units.values()}
    places = [_place(row, existing) for row in rows]
    bad = misplaced(existing, places)
    outcomes = []
    found: list[Mapping[str, Any] | None] = []
    wanted: dict[str, dict[str, Any]] = {code: _unit_fields(unit, existing, admin_of, units) for code, unit in units.items()}
    for position, row in enumerate(rows):
        if position in bad:
            outcomes.append(Outcome("rejected", *bad[position]))
            found.append(None)
            continue
        before = wanted.get(row.values["code"])
        found.append(before)
        after = {**(before or _no_unit()), **_given(row, (*UNIT_FIELDS, "parent_code", "admin_parent_code"))}
        outcomes.append(Outcome("accepted" if before is None else "duplicate" if before == after else "revised"))
        wanted[row.values["code"]] = after
    changed = _write_units(units, existing, wanted)
    return Saved(outcomes, found, bool(changed), unit_codes=unit_codes_below(changed))


def _place(row: Stated, existing: Mapping[str, str]) -> Place:
    code = row.values["code"]
    parent = row.values.get("parent_code", "") if "parent_code" in row.stated else existing.get(code, "")
    return Place(code, parent, row.values.get("admin_parent_code", ""))


def _no_unit() -> dict[str, Any]:
    return dict.fromkeys((*UNIT_FIELDS, "parent_code", "admin_parent_code"), "")


def _unit_fields(unit: Unit, parents: Mapping[str, str], admin_of: Mapping[str, int | None], units: Mapping[str, Unit]) -> dict[str, Any]:
    code_of = {other.pk: other.code for other in units.values()} if admin_of[unit.code] else {}
    admin = code_of.get(admin_of[unit.code] or 0, "")
    return {**{name: getattr(unit, name) for name in UNIT_FIELDS}, "parent_code": parents[unit.code], "admin_parent_code": admin}


def _write_units(units: dict[str, Unit], existing: Mapping[str, str], wanted: Mapping[str, dict[str, Any]]) -> set[str]:
    """Create, move and change, top down; returns the codes of changed (not new) units whose openings or place may differ."""
    changed = set()
    for code in top_down({code: fields["parent_code"] for code, fields in wanted.items()}):
        fields = wanted[code]
        own = {name: fields[name] for name in UNIT_FIELDS}
        parent = Unit.objects.get(code=fields["parent_code"]) if fields["parent_code"] and _moves(code, existing, fields) else None
        if code not in units:
            named = {"code": code, **own}
            units[code] = Unit.objects.add_child(parent, named) if parent else Unit.objects.add_root(named)
            continue
        unit = units[code]
        if _moves(code, existing, fields):
            unit.refresh_from_db()
            if parent:
                Unit.objects.move(unit, parent, "sorted-child")
            else:
                Unit.objects.move(unit, Unit.objects.get_first_root_node(), "sorted-sibling")
            changed.add(code)
        if any(getattr(unit, name) != value for name, value in own.items()):
            changed.add(code)
            Unit.objects.filter(code=code).update(**own)
    ids = dict(Unit.objects.values_list("code", "id"))
    admins = dict(Unit.objects.values_list("code", "admin_superior__code"))
    for code, fields in wanted.items():
        if (admins[code] or "") != fields["admin_parent_code"]:
            Unit.objects.filter(code=code).update(admin_superior_id=ids.get(fields["admin_parent_code"]))
    return changed


def _moves(code: str, existing: Mapping[str, str], fields: Mapping[str, Any]) -> bool:
    return code not in existing or existing[code] != fields["parent_code"]


@transaction.atomic
def save_agencies(*, rows: Sequence[Stated]) -> Saved:
    done = _save(Agency, IDENTITY["agencies"], rows)
    told = {agency.code for agency in done.touched}
    return Saved(done.outcomes, done.before, bool(told), agency_codes=told)


@transaction.atomic
def save_posts(*, rows: Sequence[Stated]) -> Saved:
    done = _save(Post, IDENTITY["posts"], rows)
    return Saved(done.outcomes, done.before, bool(done.touched))


@transaction.atomic
def save_staff(*, rows: Sequence[Stated]) -> Saved:
    """What is known of a person says something about their rows in every unit, and how many an office has about all rows of the office,
    of the one they left too. Somebody new may have rows already; another name or telephone number says nothing.
    """
    done = _save(Staff, IDENTITY["staff"], rows)
    was = {row.values["staff_no"]: before for row, before in reversed(list(zip(rows, done.before, strict=True)))}
    people: set[str] = set()
    units: set[str] = set()
    for person in done.touched:
        now, before = {name: getattr(person, name) for name in STAFF_FACTS}, was[person.staff_no]
        if before is None or any(now[name] != before[name] for name in STAFF_FACTS):
            people.add(person.staff_no)
            units |= {person.unit_code} | ({before["unit_code"]} if before else set())
    return Saved(done.outcomes, done.before, bool(people), units - {""}, people)


@transaction.atomic
def save_postings(*, rows: Sequence[Stated]) -> Saved:
    """The same of a posting: who has left a post may still handle in another unit.

    It tells of the days from its first on, and of those since the last posting before it ended: on these its holder had left. Of somebody
    of whom no posting was known it tells of all days, because now one is.
    """
    locks.hold("roster")
    people = {row.values["staff_no"] for row in rows}
    known = Posting.objects.filter(staff_no__in=people).values_list("staff_no", "end_date")
    left: dict[str, date] = {}
    for staff_no, end in known:
        left[staff_no] = max(left.get(staff_no, FAR_PAST), end or FAR_FUTURE)
    done = _save(Posting, IDENTITY["postings"], rows)
    if not done.touched:
        return Saved(done.outcomes, done.before)
    first = min(min(posting.start_date, left.get(posting.staff_no, FAR_PAST)) for posting in done.touched)
    return Saved(done.outcomes, done.before, True, staff_nos={posting.staff_no for posting in done.touched}, first_day=first)


@transaction.atomic
def save_shifts(*, rows: Sequence[Stated]) -> Saved:
    """A shift holds for the units below, and one past midnight for the next day too."""
    done = _save(Shift, IDENTITY["shifts"], rows)
    if not done.created:
        return Saved(done.outcomes, done.before)
    units = unit_codes_below({shift.unit_code for shift in done.created})
    days = [shift.date for shift in done.created]
    return Saved(done.outcomes, done.before, True, units, first_day=min(days), last_day=max(days) + timedelta(days=1))


@dataclass
class _Done:
    outcomes: list[Outcome]
    before: list[Mapping[str, Any] | None]
    created: list[Any]
    changed: list[Any]

    @property
    def touched(self) -> list[Any]:
        return [*self.created, *self.changed]


def _save(model: type[models.Model], key: tuple[str, ...], rows: Sequence[Stated]) -> _Done:
    locks.hold("roster")
    names = tuple(f.name for f in model._meta.concrete_fields if not f.primary_key)
    first = {row.values[key[0]] for row in rows}
    found = model._default_manager.filter(**{f"{key[0]}__in": first})
    known: dict[tuple[Any, ...], Any] = {tuple(getattr(item, name) for name in key): item for item in found}
    outcomes: list[Outcome] = []
    before: list[Mapping[str, Any] | None] = []
    created: dict[tuple[Any, ...], Any] = {}
    changed: dict[tuple[Any, ...], Any] = {}
    for row in rows:
        identity = tuple(row.values[name] for name in key)
        given = _given(row, names)
        item = known.get(identity)
        before.append(None if item is None else {name: getattr(item, name) for name in names})
        if item is None:
            known[identity] = created[identity] = model(**given)
            outcomes.append(Outcome("accepted"))
        elif any(getattr(item, name) != value for name, value in given.items()):
            if identity not in created:
                changed[identity] = item
            for name, value in given.items():
                setattr(item, name, value)
            outcomes.append(Outcome("revised"))
        else:
            outcomes.append(Outcome("duplicate"))
    model._default_manager.bulk_create(created.values())
    free = [name for name in names if name not in key]
    if changed and free:
        model._default_manager.bulk_update(list(changed.values()), free, batch_size=200)
    return _Done(outcomes, before, list(created.values()), list(changed.values()))


_EMPTY: dict[str, Any] = {"sensitive": False, "end_date": None}


def _given(row: Stated, names: Collection[str]) -> dict[str, Any]:
    return {name: row.values.get(name, _EMPTY.get(name, "")) for name in names if name in row.stated}


__all__ = ["IDENTITY", "Outcome", "Saved", "save_agencies", "save_postings", "save_posts", "save_shifts", "save_staff", "save_units"]
