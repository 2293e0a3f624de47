"""What is addressed to a person themselves: an interview to countersign, a circular to sign for. They need not see its case."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ledger.audit.services import record
from ledger.kit.errors import Conflict, MingjingError, NotFound
from oversight.cases.people import Person
from oversight.center.presenters.times import short_time
from oversight.measures import acting
from oversight.measures.catalogue import KINDS, kind_of
from oversight.measures.circulars.reading import recipients_of
from oversight.measures.fields import ActForm
from oversight.measures.interviews.forms import HoldForm, NotifyForm
from oversight.measures.kinds import Kind
from oversight.measures.queries import own_measure
from oversight.measures.words import facts_of
from oversight.viewer import ConsoleRequest, Viewer

SIGNING = {"interviews": "countersign", "circulars": "receive"}
PAGE = 50


@require_GET
def mine(request: ConsoleRequest) -> HttpResponse:
    """What is addressed to this person, the newest first."""
    rows = [row for code in SIGNING for row in _rows(KINDS[code], request.viewer)]
    return render(request, "measures/mine.html", {"rows": sorted(rows, key=lambda row: row["at"], reverse=True)[:PAGE]})


@require_GET
def one(request: ConsoleRequest, kind: str, number: str) -> HttpResponse:
    found = own_measure(_signed(kind), request.user, number)
    record(f"{KINDS[kind].one}.viewed", actor=request.user, target=number, address=request.viewer.address)
    return render(request, "measures/mine_one.html", _context(KINDS[kind], found, request.viewer))


@require_POST
def sign(request: ConsoleRequest, kind: str, number: str) -> HttpResponse:
    described = _signed(kind)
    try:
        acting.perform(
            kind=described,
            number=number,
            act=SIGNING[kind],
            given=request.POST,
            actor=request.user,
            address=request.viewer.address,
            own=True,
        )
    except NotFound:
        raise
    except MingjingError as error:
        messages.add_message(request, messages.WARNING if isinstance(error, Conflict) else messages.ERROR, str(error))
        form = error.form if isinstance(error, acting.Refused) else None
        found = own_measure(described, request.user, number)
        return render(request, "measures/mine_one.html", _context(described, found, request.viewer, form), status=error.status)
    messages.success(request, _("Signed."))
    return redirect("measures:mine-one", kind, number)


def _signed(code: str) -> Kind:
    """A kind that addresses people. Raises NotFound for any other."""
    kind = kind_of(code)
    if code not in SIGNING:
        raise NotFound(_("There is no such kind of measure."))
    return kind


def _rows(kind: Kind, viewer: Viewer) -> list[dict[str, Any]]:
    assert kind.own is not None
    person = Person.of(viewer.user, viewer.grants)
    return [
        {
            "kind": kind.label,
            "number": found.number,
            "title": found.title,
            "at": found.updated_at,
            "time": short_time(found.updated_at),
            "waits": SIGNING[kind.code] in kind.table.possible(person, found),
            "url": reverse("measures:mine-one", args=[kind.code, found.number]),
        }
        for found in kind.own(viewer.user).order_by("-updated_at")[:PAGE]
    ]


def _context(kind: Kind, found: Any, viewer: Viewer, form: ActForm | None = None) -> dict[str, Any]:
    """What measures/mine_one.html prints: of an interview its notice and record alone, of a circular its text."""
    act = SIGNING[kind.code]
    waits = act in kind.table.possible(Person.of(viewer.user, viewer.grants), found)
    if kind.code == "interviews":
        facts = [(_("Reason of the interview"), found.reason), *facts_of(NotifyForm, found), *facts_of(HoldForm, found)]
        signed = f"{found.get_signature_display()} {short_time(found.signed_at)}" if found.signature and found.signed_at else ""
        units = []
    else:
        facts = facts_of(kind.form, found)
        mine = recipients_of(viewer.user).filter(circular=found).select_related("unit", "signed_by").order_by("unit__path")
        units = [{"unit": row.unit, "signed_by": row.signed_by, "at": short_time(row.signed_at) if row.signed_at else ""} for row in mine]
        signed = ""
    return {
        "kind": kind,
        "one": found,
        "status": kind.state_of(found),
        "mark": kind.marks[found.status],
        "facts": list(dict(facts).items()),
        "signed": signed,
        "units": units,
        "form": (form or kind.acts[act].form(case=found.case, one=found, act=act)) if waits else None,
        "label": kind.acts[act].label,
        "url": reverse("measures:mine-sign", args=[kind.code, found.number]),
    }
