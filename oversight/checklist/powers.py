"""职权目录: the powers of each post with the steps by which they are exercised, and the risk points that rest on them."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ledger.kit.errors import MingjingError, NotFound
from oversight.checklist import words
from oversight.checklist.comparing import draft_line, power_row, version_line
from oversight.checklist.drafting import contents_now
from oversight.checklist.listing import DRAFT, Listed, Wanted
from oversight.checklist.presenting import areas
from oversight.viewer import ConsoleRequest, Viewer
from risk.checklist.checking import Problem
from risk.checklist.contents import Contents, PowerEntry, contents_of
from risk.checklist.revisions import services
from risk.checklist.revisions.queries import contents_after
from risk.checklist.revisions.states import edits

TEXTS = ("line", "post", "name", "basis", "steps")
KEY = ("key_line", "key_post", "key_name")
LONGEST = 3000


def powers_context(viewer: Viewer, wanted: str) -> dict[str, Any]:
    """What checklist/powers.html prints. `wanted`: a version's number, the draft, or empty for the one in force."""
    listed = Listed(Wanted(wanted), timezone.now())
    contents = contents_after(listed.revision) if listed.revision else contents_of(listed.version)
    return {
        "areas": areas(viewer, "checklist:powers"),
        "groups": _groups(contents, viewer, "?version=draft" if wanted == DRAFT else f"?version={listed.version.number}"),
        "total": len(contents.powers),
        "default": contents.own_powers is None,
        "version": version_line(listed.version, listed.in_force) if listed.revision is None else None,
        "draft": draft_line(listed.revision, True) if listed.revision else None,
        "edits": edits(viewer.user),
    }


def _groups(contents: Contents, viewer: Viewer, query: str) -> list[dict[str, Any]]:
    """The powers by line, each with how many risk points its post has."""
    items: dict[tuple[str, str], int] = {}
    for entry in contents.entries:
        items[entry.line, entry.post] = items.get((entry.line, entry.post), 0) + 1
    found: dict[str, list[dict[str, Any]]] = {}
    may = edits(viewer.user)
    for power in contents.powers:
        told = power_row(power) | {
            "items": items.get((power.line, power.post), 0),
            "items_url": f"{reverse('checklist:items')}{query}&{urlencode({'line': power.line, 'post': power.post})}",
            "edit_url": f"{reverse('checklist:power')}?{urlencode(dict(zip(KEY, power.key, strict=True)))}" if may else "",
        }
        found.setdefault(power.line, []).append(told)
    return [{"title": words.line_title(line), "rows": rows} for line, rows in found.items()]


@require_http_methods(["GET", "POST"])
def power(request: ConsoleRequest) -> HttpResponse:
    """A power in the draft: changed, added (no key), or taken out (`act=out`)."""
    given = request.GET if request.method == "GET" else request.POST
    key = tuple(given.get(name, "")[:100] for name in KEY)
    wanted = (key[0], key[1], key[2]) if any(key) else None
    if request.method == "GET":
        return render(request, "checklist/power.html", _form(request.viewer, wanted))
    typed = {name: given.get(name, "")[:LONGEST] for name in TEXTS}
    who: dict[str, Any] = {"actor": request.user, "address": request.viewer.address}
    try:
        if given.get("act") == "out" and wanted:
            services.drop_power(key=wanted, **who)
        else:
            services.set_power(given=typed, key=wanted, **who)
    except NotFound:
        raise
    except MingjingError as error:
        problems = error.problems if isinstance(error, services.WrongFields) else []
        return render(
            request, "checklist/power.html", _form(request.viewer, wanted, typed, problems) | {"problem": str(error)}, status=error.status
        )
    messages.success(request, _("The power list of the draft is changed."))
    return redirect(f"{reverse('checklist:powers')}?version=draft")


def _form(
    viewer: Viewer, key: tuple[str, str, str] | None, typed: Mapping[str, str] | None = None, problems: list[Problem] | None = None
) -> dict[str, Any]:
    _revision, contents = contents_now()
    found = next((one for one in contents.powers if one.key == key), None) if key else None
    if key and found is None:
        raise NotFound(_("There is no such power by now; reload the page."))
    return {
        "areas": areas(viewer, "checklist:powers"),
        "key": dict(zip(KEY, key, strict=True)) if key else None,
        "typed": typed if typed is not None else _values(found),
        "problems": {problem.field: problem.reason for problem in problems or []},
        "lines": words.line_choices(),
        "posts": sorted({entry.post for entry in contents.entries}),
    }


def _values(found: PowerEntry | None) -> dict[str, str]:
    if found is None:
        return {}
    return {"line": found.line, "post": found.post, "name": found.name, "basis": found.basis, "steps": "\n".join(found.steps)}
