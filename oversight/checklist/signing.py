"""清单交办到岗到人: my items and my signature, who in which unit has signed, and which posts answer for items named otherwise."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ledger.kit.errors import MingjingError
from ledger.kit.masking import mask_staff_no
from ledger.roster.models import Post, Staff, Unit
from oversight.center.presenters.times import full_time
from oversight.checklist import words
from oversight.checklist.presenting import areas
from oversight.viewer import WATCHERS, ConsoleRequest, Viewer
from risk.checklist.models import ChecklistItem
from risk.checklist.signing import services
from risk.checklist.signing.queries import InForce, Signing, assignments_below, in_force, signings

MOST = 300


@require_GET
def mine(request: ConsoleRequest) -> HttpResponse:
    return render(request, "checklist/mine.html", _mine(request.viewer))


def _mine(viewer: Viewer) -> dict[str, Any]:
    """What checklist/mine.html prints: each post of the checklist this person answers for, with its items."""
    force, staff = in_force(), viewer.user.staff
    if force is None or staff is None:
        title = _("No items are yours") if force else _("There is no checklist yet; run prepare.")
        text = _("This account belongs to nobody on the roster.") if staff is None else ""
        return {"posts": [], "empty": {"title": title, "text": text, "action_label": "", "action_url": ""}}
    own = signings([staff], force)[staff.pk]
    return {
        "version": force.version.number,
        "posts": [
            {
                "title": one.post,
                "digest": force.digests[one.post],
                "items": [_item(item) for item in force.items[one.post]],
                "signed": _signed(one),
            }
            for one in own
        ],
        "left": sum(one.signed_at is None for one in own),
        "empty": None
        if own
        else {
            "title": _("No items are yours"),
            "text": _("Your post is in no item of the checklist."),
            "action_label": "",
            "action_url": "",
        },
    }


def _item(item: ChecklistItem) -> dict[str, Any]:
    return {
        "no": item.no,
        "step": item.step,
        "risk_point": item.risk_point,
        "level": words.value_text("level", item.level),
        "manifestation": item.manifestation,
        "control": item.control,
        "basis": item.basis,
        "prohibition": words.prohibition(item.prohibition),
        "cadence": words.value_text("cadence", item.cadence),
    }


def _signed(one: Signing) -> str:
    if one.signed_at is None:
        return ""
    return _("Signed on %(at)s, version %(number)s") % {"at": full_time(one.signed_at), "number": one.version}


@require_POST
def sign(request: ConsoleRequest) -> HttpResponse:
    given = request.POST
    try:
        made = services.sign(
            post=given.get("post", "")[:60], seen=given.get("digest", "")[:64], actor=request.user, address=request.viewer.address
        )
    except MingjingError as error:
        messages.error(request, str(error))
        return render(request, "checklist/mine.html", _mine(request.viewer), status=error.status)
    messages.success(request, _("You have signed for the items of %(post)s.") % {"post": made.post})
    return redirect("checklist:mine")


@require_GET
def overview(request: ConsoleRequest) -> HttpResponse:
    return render(request, "checklist/signing.html", _overview(request))


def _paths(viewer: Viewer) -> tuple[str, ...]:
    """The parts of the tree whose people this person sees sign: their own units and below."""
    seeing = WATCHERS | services.ASSIGNING
    return tuple(grant.unit.path for grant in viewer.grants if grant.role in seeing)


def _leads(viewer: Viewer) -> tuple[str, ...]:
    return tuple(grant.unit.path for grant in viewer.grants if grant.role in services.ASSIGNING)


def _overview(request: ConsoleRequest, typed: dict[str, str] | None = None) -> dict[str, Any]:
    """What checklist/signing.html prints: units with how many have signed; people of one unit where asked for."""
    viewer, force, paths = request.viewer, in_force(), _paths(request.viewer)
    units = {unit.code: unit for unit in Unit.objects.order_by("path") if unit.path.startswith(paths)} if paths else {}
    people = list(Staff.objects.filter(unit_code__in=units).order_by("staff_no"))
    told = signings(people, force) if force else {}
    done = {one.pk: all(own.signed_at for own in told.get(one.pk, [])) for one in people}
    unit, state = request.GET.get("unit", ""), request.GET.get("state", "")
    unit, state = unit if unit in units else "", state if state in ("signed", "unsigned") else ""
    chosen = [one for one in people if one.unit_code == unit or (not unit and state)]
    chosen = [one for one in chosen if not state or done[one.pk] == (state == "signed")]
    return {
        "areas": areas(viewer, "checklist:signing"),
        "version": force.version.number if force else None,
        "rows": [] if unit or state else _units(units, people, done),
        "totals": _totals("", people, done),
        "unit": units[unit].name if unit else "",
        "narrowed": bool(unit or state),
        "state": state,
        "people": [_person(one, told[one.pk], units) for one in chosen[:MOST]] if unit or state else [],
        "number": len(chosen),
        "assignments": _assignments(viewer),
        "assign": _assign_form(viewer, force) if force else None,
        "typed": typed or {},
        "empty": None
        if people
        else {"title": _("No people are on the roster of your units"), "text": "", "action_label": "", "action_url": ""},
    }


def _units(units: dict[str, Unit], people: list[Staff], done: dict[int, bool]) -> list[dict[str, Any]]:
    by_unit: dict[str, list[Staff]] = {}
    for one in people:
        by_unit.setdefault(one.unit_code, []).append(one)
    return [
        {"name": unit.name, "depth": unit.depth, **_totals(code, by_unit[code], done)} for code, unit in units.items() if code in by_unit
    ]


def _totals(unit: str, people: list[Staff], done: dict[int, bool]) -> dict[str, Any]:
    """People, signed and unsigned, each with the list it counts."""
    here, signed = reverse("checklist:signing"), sum(done[one.pk] for one in people)
    figures = {"all": len(people), "signed": signed, "unsigned": len(people) - signed}
    return {
        name: {"count": count, "url": f"{here}?{urlencode({'unit': unit, 'state': '' if name == 'all' else name})}"}
        for name, count in figures.items()
    }


def _person(one: Staff, own: list[Signing], units: dict[str, Unit]) -> dict[str, Any]:
    return {
        "name": one.name,
        "number": mask_staff_no(one.staff_no),
        "kind": one.get_kind_display(),
        "unit": units[one.unit_code].name,
        "posts": [{"title": mark.post, "signed": _signed(mark)} for mark in own],
    }


def _assignments(viewer: Viewer) -> list[dict[str, Any]]:
    leads = _leads(viewer)
    return [
        {
            "pk": one.pk,
            "unit": one.unit.name,
            "post": f"{one.post.name} {one.post.code}",
            "checklist_post": one.checklist_post,
            "by": str(one.assigned_by),
            "at": full_time(one.assigned_at),
            "ends": bool(leads) and one.unit.path.startswith(leads),
        }
        for one in assignments_below(_paths(viewer))
    ]


def _assign_form(viewer: Viewer, force: InForce) -> dict[str, Any] | None:
    """The form that says which roster post answers for which items; None for who leads no unit."""
    leads = _leads(viewer)
    if not leads:
        return None
    return {
        "units": [(unit.code, unit.name) for unit in Unit.objects.order_by("path") if unit.path.startswith(leads)],
        "posts": [(post.code, f"{post.name} {post.code}") for post in Post.objects.order_by("code")],
        "checklist_posts": list(force.items),
    }


@require_POST
def assign(request: ConsoleRequest) -> HttpResponse:
    typed = {name: request.POST.get(name, "")[:60] for name in ("unit", "post", "checklist_post")}
    try:
        services.assign_post(**typed, actor=request.user, address=request.viewer.address)
    except MingjingError as error:
        messages.error(request, str(error))
        return render(request, "checklist/signing.html", _overview(request, typed), status=error.status)
    messages.success(request, _("Holders of the post answer for these items; they will find them among their own."))
    return redirect("checklist:signing")


@require_POST
def end_assignment(request: ConsoleRequest, assignment: int) -> HttpResponse:
    services.end_assignment(pk=assignment, actor=request.user, address=request.viewer.address)
    messages.success(request, _("The assignment has ended; what was signed stays."))
    return redirect("checklist:signing")
