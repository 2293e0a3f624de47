"""Transactions as rows of a list, masked, and what the search page says around them."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from ledger.columns.hashing import key64
from ledger.journal.models import Transaction
from ledger.kit.masking import mask_id, mask_plate, mask_staff_no, mask_vin
from ledger.lines import lines
from ledger.roster.models import Agency, Staff, Unit
from oversight.business import purposes
from oversight.business.addresses import identity_of, key_text, subject_url, transaction_url
from oversight.business.kinds import CITIZENS, Kind, spellings
from oversight.business.searching import MOST_COUNTED, MOST_NAMED, Named, Search
from oversight.business.wanted import PERIODS, Wanted
from oversight.center.presenters import words
from oversight.center.presenters.times import full_time, short_time


def listed(rows: Sequence[Transaction]) -> list[dict[str, Any]]:
    """What ledger/_rows.html prints; names are read with one query for each kind."""
    units = dict(Unit.objects.filter(code__in={row.unit_code for row in rows}).values_list("code", "name"))
    staff = dict(Staff.objects.filter(staff_no__in={row.handler_no for row in rows}).values_list("staff_no", "name"))
    agencies = dict(Agency.objects.filter(code__in={row.agency_code for row in rows}).values_list("code", "name"))
    return [
        {
            "url": transaction_url(row),
            "serial": row.serial_no,
            "time": short_time(row.accepted_at),
            "time_full": full_time(row.accepted_at),
            "business": f"{words.line_title(row.line)} · {words.action_title(row.line, row.action)}",
            "unit": units.get(row.unit_code, row.unit_code),
            "handler": f"{staff.get(row.handler_no, '')} {mask_staff_no(row.handler_no)}".strip(),
            "agency": agencies.get(row.agency_code, row.agency_code),
            "party": mask_id(row.person_id_no) if row.person_id_no else "",
            "plate": mask_plate(row.plate_no) if row.plate_no else "",
            "outcome": words.result_title(row.result) if row.result else words.transaction_status(row),
        }
        for row in rows
    ]


def covered(kind: Kind | None, wanted: Wanted) -> str:
    """What was searched as a page may show it again: what may identify a citizen or vehicle is masked."""
    if not wanted.private:
        return wanted.text
    masks = {Kind.PLATE: mask_plate, Kind.VIN: mask_vin}
    return masks[kind](wanted.text) if kind in masks else mask_id(wanted.text)


def sought(search: Search) -> dict[str, Any]:
    """The same for the audit trail: masked, with the keyed hash by which searches of one number can be found among each other."""
    wanted = search.wanted
    said = {"sought": covered(search.kind, wanted), "as": str(search.kind or ""), **wanted.filters}
    return said | ({"key": key_text(key64(spellings(search.kind or Kind.PERSON, wanted.text)[0]))} if wanted.private else {})


def count_text(number: int) -> str:
    return f"{MOST_COUNTED:,}+" if number > MOST_COUNTED else f"{number:,}"


def found_context(search: Search, rows: Sequence[Transaction], more: bool) -> dict[str, Any]:
    """The list of a search with its count, its other readings and its ways on."""
    wanted, kind = search.wanted, search.kind
    last = rows[-1] if rows and more else None
    return {
        "rows": listed(rows),
        "total": count_text(search.total),
        "too_many": search.total > MOST_COUNTED,
        "next_url": f"{wanted.url()}&{urlencode({'after': identity_of(last)})}" if last else None,
        "reading": reading(search),
        "others": [
            {"label": one.label, "count": count_text(number), "url": wanted.url(kind=one.value)} for one, number in search.elsewhere()
        ],
        "subjects": subjects(search),
        "too_many_named": len(search.named) > MOST_NAMED,
        "most_named": MOST_NAMED,
        "empty": None if rows else empty(search),
        "kind": kind,
    }


def reading(search: Search) -> str:
    """How the text was understood."""
    if search.kind is None:
        return ""
    told = {"kind": search.kind.label, "text": covered(search.kind, search.wanted)}
    return _("Understood as %(kind)s: %(text)s") % told if search.guessed else _("%(kind)s: %(text)s") % told


def subjects(search: Search) -> list[dict[str, str]]:
    """The pages about those the text names."""
    text, kind = search.wanted.text, search.kind
    if kind in (Kind.AGENT, Kind.PLATE):
        code = key_text(key64(spellings(kind, text)[0]))
        label = _("All about this agent") if kind == Kind.AGENT else _("All about this vehicle")
        return [{"label": label, "url": subject_url("agent" if kind == Kind.AGENT else "vehicle", code)}]
    shown = [one for one in search.named[:MOST_NAMED] if one.kind in PAGES]
    found = [{"label": _named(one), "url": subject_url(PAGES[one.kind], one.code)} for one in shown]
    if kind == Kind.TERMINAL:
        found.append({"label": _("All about this terminal"), "url": subject_url("terminal", text)})
    unit = Unit.objects.filter(code=search.wanted.unit).first() if search.wanted.unit and search.sight.sees(search.wanted.unit) else None
    chosen = [{"label": unit.name, "url": subject_url("unit", unit.code)}] if unit else []
    return found + [one for one in chosen if one not in found]


def _named(one: Named) -> str:
    return f"{one.name} {mask_staff_no(one.code)}" if one.kind in (Kind.STAFF, Kind.APPROVER) else one.name


def empty(search: Search) -> dict[str, Any]:
    """Why there is nothing, and one way on."""
    wanted = search.wanted
    if wanted.text and wanted.filters:
        plain = wanted.url(**dict.fromkeys(("line", "unit", "period", "first", "last"), ""))
        title = _("No transaction within these filters")
        return {"title": title, "text": "", "action_label": _("Clear the filters"), "action_url": plain}
    text = _("Check the number, or choose by hand what it is. Transactions of units you do not oversee are not searched.")
    return {"title": _("No transaction found"), "text": text, "action_label": _("New search"), "action_url": reverse("business:search")}


def form_context(search: Search, typed: dict[str, str] | None = None, problem: str = "", *, ask: bool = False) -> dict[str, Any]:
    """The form above the list. `typed`: what was sent and could not be used; `ask`: with the question what for."""
    wanted = search.wanted
    shown = typed or {"q": "" if wanted.private else wanted.text, "as": wanted.kind, **{name: getattr(wanted, name) for name in FIELDS}}
    return {
        "typed": shown,
        "kept": wanted.key if wanted.private and not typed else "",
        "kept_text": covered(search.kind, wanted) if wanted.private and not typed else "",
        "kinds": Kind.choices,
        "lines": [(code, line.title) for code, line in lines().items()],
        "units": _units(search),
        "periods": [("", _("Any time")), *((key, _("last %(days)d days") % {"days": days}) for key, days in PERIODS.items())],
        "problem": problem,
        "ask": ask,
        "purposes": purposes.offered(),
        "limits": {"least": purposes.SHORTEST, "most": purposes.LONGEST},
        "clear_url": reverse("business:search") if wanted.asks else None,
        "citizens": ", ".join(str(kind.label) for kind in sorted(CITIZENS)),
    }


# Those that have a page of their own, and its kind in the address.
PAGES = {Kind.STAFF: "staff", Kind.APPROVER: "staff", Kind.AGENCY: "agency", Kind.POST: "post", Kind.UNIT: "unit"}
FIELDS = ("line", "unit", "period", "first", "last")


def _units(search: Search) -> list[tuple[str, str]]:
    """The units seen, each under its superior."""
    rows = Unit.objects.order_by("path").values_list("code", "name", "depth")
    seen = [(code, name, depth) for code, name, depth in rows if search.sight.sees(code)]
    least = min((depth for _code, _name, depth in seen), default=0)
    return [(code, "\u3000" * (depth - least) + name) for code, name, depth in seen]
