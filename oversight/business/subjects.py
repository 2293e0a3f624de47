"""The business of one subject over some time, be it staff, a post, unit, terminal, agency, agent or vehicle.

Out of the columnar copy, and within what a person sees.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger.columns.models import ColumnFile
from ledger.journal.models import Transaction
from ledger.journal.sight import Sight
from ledger.kit.days import ordinal, today
from ledger.kit.errors import NotFound
from ledger.kit.masking import mask_id, mask_plate, mask_staff_no
from ledger.lines import lines
from ledger.roster.models import Agency, Post, Staff, Unit
from oversight.access import opens
from oversight.business.addresses import key_of, key_text, subject_url
from oversight.business.alert_lines import alert_lines
from oversight.business.copies import copied
from oversight.business.drawing import Label, network_drawing, weeks_drawing
from oversight.business.networks import MOST_ASIDE, Network, Tie, network, ties_of
from oversight.business.presenting import listed
from oversight.center.presenters import words
from oversight.coverage.unjudged import of_business
from oversight.measures.joint.telling import history_of
from oversight.viewer import Viewer
from risk.detectors.parts.grid import label

DAYS, LONGEST_LABEL, LATEST, LISTED = (90, 365), 13, 20, MOST_ASIDE
READ = ("id", "day", "line", "action", "unit", "handler", "agency", "agent")


@dataclass(frozen=True)
class Kind:
    """What a subject is: the column that names it, and whom it meets: left and right of its network, if it has one.

    `subject`: what rules call it, where the kinds of pages are more than theirs.
    """

    column: str
    title: Promise
    sides: tuple[str, ...]
    hashed: bool = False
    subject: str = ""

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines that know an attribute; every line for a column of all."""
        name = self.column.removeprefix("attr.")
        return tuple(code for code, line in lines().items() if name in line.attributes) if name != self.column else ()


KINDS = {
    "staff": Kind("handler", gettext_lazy("Staff"), ("agent", "agency")),
    "agency": Kind("agency", gettext_lazy("Agency"), ("agent", "handler")),
    "agent": Kind("agent", gettext_lazy("Agent"), ("agency", "handler"), hashed=True),
    "vehicle": Kind("plate", gettext_lazy("Vehicle"), (), hashed=True),
    "unit": Kind("unit", gettext_lazy("Unit"), ("handler", "agency")),
    "post": Kind("post", gettext_lazy("Post"), ("handler", "agency")),
    "terminal": Kind("terminal", gettext_lazy("Terminal"), ("handler", "agency")),
    "seat": Kind("attr.seat", gettext_lazy("Seat"), ("handler", "agency"), subject="terminal"),
    "car": Kind("attr.car_no", gettext_lazy("Examination car"), ("handler", "agency"), subject="terminal"),
    "lane": Kind("attr.line_no", gettext_lazy("Inspection line"), ("handler", "agency"), subject="terminal"),
}
OF_COLUMN = {"handler": "staff", "agency": "agency", "agent": "agent"}
# The search of the list of alerts finds those about them.
LISTED_BY_CODE = frozenset({"staff", "agency"})
COUNTERPARTS: dict[str, Promise] = {
    "handler": gettext_lazy("Handlers"),
    "agency": gettext_lazy("Agencies"),
    "agent": gettext_lazy("Agents"),
}


@dataclass(frozen=True)
class Asked:
    """A subject by kind and code (of agents and vehicles their key), over the last `days` days."""

    kind: str
    code: str
    days: int

    @classmethod
    def read(cls, kind: str, code: str, given: Mapping[str, str]) -> "Asked":
        """Raises NotFound for a kind or a key that is none."""
        if kind not in KINDS or (KINDS[kind].hashed and key_of(code) is None):
            raise NotFound(_("There is no such page of the ledger."))
        return cls(kind, code, next((days for days in DAYS if str(days) == given.get("days")), DAYS[0]))

    @property
    def first_day(self) -> date:
        return today() - timedelta(days=self.days - 1)

    @property
    def key(self) -> Any:
        return key_of(self.code) if KINDS[self.kind].hashed else self.code

    @property
    def url(self) -> str:
        return subject_url(self.kind, self.code)


def business_of(asked: Asked, sight: Sight) -> pd.DataFrame:
    """The subject's rows of those days in the columnar copy, of the units this person sees, newest first."""
    kind = KINDS[asked.kind]
    rows = copied(READ, first_day=asked.first_day, last_day=today(), where={kind.column: [asked.key]}, lines=kind.lines)
    if not sight.everything:
        rows = rows[rows["unit"].isin(sorted(sight.codes))]
    return rows.sort_values(["day", "id"], ascending=False, ignore_index=True)


def subject_context(asked: Asked, viewer: Viewer) -> dict[str, Any]:
    """What ledger/subject.html prints. A subject nobody knows and one whose business is closed to this person look the same: empty."""
    kind, sight = KINDS[asked.kind], Sight.of(viewer.user, viewer.grants)
    rows = business_of(asked, sight)
    found = network(rows, kind.sides) if kind.sides else Network([], [], {})
    others = [column for column in OF_COLUMN if column != kind.column]
    ties = {column: ties_of(rows, column) for column in others}
    names = Names.of([tie for some in ties.values() for tie in some[:LISTED]] + found.ties)
    latest = _latest(rows, sight)
    return {
        "crumbs": [{"label": _("Business ledger"), "url": reverse("business:search")}],
        "kind": kind.title,
        "title": _title(asked, latest),
        "days": asked.days,
        "periods": [
            {"text": _("last %(days)d days") % {"days": days}, "url": f"{asked.url}?days={days}", "current": days == asked.days}
            for days in DAYS
        ],
        "span": {"first": f"{asked.first_day:%Y-%m-%d}", "last": f"{today():%Y-%m-%d}"},
        "total": len(rows),
        "weeks": weeks_drawing(_weeks(rows, asked)),
        "lines": _lines(rows),
        "sides": [_side(column, ties[column], names) for column in others if ties[column]],
        "network": _drawn(found, kind, names),
        "latest": listed(latest),
        "below": _below(asked, sight),
        "alerts_url": _alerts_url(asked, viewer),
        "alerts": _alerts(asked, latest, viewer),
        "unjudged": of_business(asked.kind, str(asked.key), viewer),
        "joint": history_of(asked.code, viewer) if asked.kind == "staff" else [],
        "as_of": ColumnFile.objects.order_by("-created_at").values_list("created_at", flat=True).first(),
    }


def _alerts_url(asked: Asked, viewer: Viewer) -> str:
    """The list of alerts about it, which shows each person what they may see."""
    if asked.kind not in LISTED_BY_CODE or not opens("center:alerts", viewer.roles):
        return ""
    return f"{reverse('center:alerts')}?q={asked.code}"


def _alerts(asked: Asked, latest: list[Transaction], viewer: Viewer) -> list[dict[str, Any]] | None:
    """The alerts about it, where no list of alerts can be asked for them; None where one can.

    The number of an agent or a vehicle, which may stand in no address, is that of its newest transaction.
    """
    if asked.kind in LISTED_BY_CODE or not opens("center:alerts", viewer.roles):
        return None
    kind = KINDS[asked.kind]
    if not kind.hashed:
        about = viewer.alerts.filter(subject_kind=kind.subject or asked.kind, subject_code=asked.code)
        # The same code names a seat, a car and an inspection line.
        return alert_lines(about.filter(rule_version__subject_column=kind.column) if kind.lines else about)
    if not latest:
        return []
    codes = [latest[0].agent_id_no] if asked.kind == "agent" else [latest[0].plate_no, latest[0].vin]
    return alert_lines(viewer.alerts.filter(subject_kind=asked.kind, subject_code__in=[code for code in codes if code]))


def _below(asked: Asked, sight: Sight) -> list[dict[str, str]]:
    """The units right below a unit that this person sees: its own business is told without theirs."""
    unit = Unit.objects.filter(code=asked.code).first() if asked.kind == "unit" else None
    if unit is None:
        return []
    children = Unit.objects.filter(path__startswith=unit.path, depth=unit.depth + 1).order_by("path").values_list("code", "name")
    return [{"label": name, "url": subject_url("unit", code)} for code, name in children if sight.sees(code)]


def _weeks(rows: pd.DataFrame, asked: Asked) -> list[tuple[str, int]]:
    """Transactions of each week of seven days that ends today or seven days before the next, the oldest first; the oldest may be short."""
    last, count = ordinal(today()), -(-asked.days // 7)
    ages = (last - rows["day"].to_numpy()) // 7
    numbers = pd.Series(ages).value_counts()
    begun = [max(today() - timedelta(days=7 * age + 6), asked.first_day) for age in range(count)]
    return [(f"{begun[age]:%Y-%m-%d}", int(numbers.get(age, 0))) for age in reversed(range(count))]


def _lines(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """How much of each line and business there is, the most first."""
    if not len(rows):
        return []
    counted = rows.groupby(["line", "action"], observed=True).size()
    ordered = sorted(((int(number), line, action) for (line, action), number in counted.items()), key=lambda one: (-one[0], one[1:]))
    return [
        {
            "line": words.line_title(line),
            "action": words.action_title(line, action),
            "number": number,
            "percent": f"{number / len(rows):.0%}",
        }
        for number, line, action in ordered[:LISTED]
    ]


@dataclass(frozen=True)
class Names:
    """The names of staff and agencies among some ties."""

    staff: dict[str, str]
    agencies: dict[str, str]

    @classmethod
    def of(cls, ties: list[Tie]) -> "Names":
        staff = {tie.code for tie in ties if tie.column == "handler"}
        agencies = {tie.code for tie in ties if tie.column == "agency"}
        return cls(
            dict(Staff.objects.filter(staff_no__in=staff).values_list("staff_no", "name")),
            dict(Agency.objects.filter(code__in=agencies).values_list("code", "name")),
        )

    def of_tie(self, tie: Tie) -> Label:
        code = key_text(tie.code) if tie.column == "agent" else tie.code
        if tie.column == "agent":
            full = _("agent %(mark)s") % {"mark": label(tie.code)}
            return Label(label(tie.code), full, subject_url("agent", code))
        if tie.column == "handler":
            full = f"{self.staff.get(code, '')} {mask_staff_no(code)}".strip()
            return Label(full, full, subject_url("staff", code))
        full = self.agencies.get(code, code)
        short = full if len(full) <= LONGEST_LABEL else f"{full[: LONGEST_LABEL - 1]}…"
        return Label(short, full, subject_url("agency", code))


def _title(asked: Asked, latest: list[Transaction]) -> str:
    """The subject in words; agents and vehicles masked, as their newest transaction names them, and by the short mark of their key."""
    if asked.kind == "staff":
        person = Staff.objects.filter(staff_no=asked.code).first()
        return f"{person.name} {mask_staff_no(asked.code)}" if person else mask_staff_no(asked.code)
    if asked.kind == "agency":
        return Agency.objects.filter(code=asked.code).values_list("name", flat=True).first() or asked.code
    if asked.kind in ("unit", "post"):
        table: type[Unit | Post] = Unit if asked.kind == "unit" else Post
        return table.objects.filter(code=asked.code).values_list("name", flat=True).first() or asked.code
    if not KINDS[asked.kind].hashed:
        return asked.code
    mark = label(key_of(asked.code))
    if asked.kind == "agent":
        return f"{mask_id(latest[0].agent_id_no)} {mark}" if latest else mark
    return f"{mask_plate(latest[0].plate_no)} {mark}" if latest else mark


def _side(column: str, ties: list[Tie], names: Names) -> dict[str, Any]:
    """The counterparts of one column as a table, the strongest first."""
    return {
        "title": COUNTERPARTS[column],
        "shown": min(len(ties), LISTED),
        "total": len(ties),
        "rows": [
            {
                "label": shown.full,
                "url": shown.url,
                "visits": tie.visits,
                "rows": tie.rows,
                "first": f"{tie.first:%Y-%m-%d}",
                "last": f"{tie.last:%Y-%m-%d}",
            }
            for tie in ties[:LISTED]
            if (shown := names.of_tie(tie))
        ],
    }


def _drawn(found: Network, kind: Kind, names: Names) -> dict[str, Any] | None:
    """The drawing with the titles of its sides and how much of all it shows."""
    drawing = network_drawing(found, kind.sides, [names.of_tie(tie) for tie in found.ties])
    if drawing is None:
        return None
    shown = [{"title": COUNTERPARTS[side], "shown": len(found.side(side)), "total": found.total[side]} for side in kind.sides]
    return drawing | {"left": shown[0], "right": shown[1]}


def _latest(rows: pd.DataFrame, sight: Sight) -> list[Transaction]:
    """The newest of its transactions, as they stand now and as far as they are still seen."""
    ids = [int(key) for key in rows["id"].head(LATEST)]
    found = sight.filter(Transaction.objects.filter(pk__in=ids))
    return sorted(found, key=lambda row: (row.accepted_at, row.pk), reverse=True)
