"""办理时限: the terms and escalation of each level, and the department of each line, for the system admin. What was refused stays typed."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ledger.kit.errors import BadInput, MingjingError
from ledger.lines import lines
from ledger.roster.models import Unit
from oversight.cases.dispatching import offered, unit_code
from oversight.cases.models import Layer
from oversight.cases.policy.models import LineDepartment, Measure
from oversight.cases.policy.reading import Step, policies
from oversight.cases.policy.services import COPIABLE, NewTerm, save_departments, save_policy
from oversight.center.presenters import words
from oversight.viewer import ConsoleRequest

NUMBERS = ("sign", "feedback", "repeats", "repeat_days", "watch_days")
SPARE_STEPS = 1


@require_GET
def policy(request: ConsoleRequest) -> HttpResponse:
    return render(request, "cases/policy.html", policy_context())


@require_POST
def save(request: ConsoleRequest, level: str) -> HttpResponse:
    try:
        term, steps = _term(request.POST), _steps(request.POST)
        save_policy(level=level, term=term, steps=steps, actor=request.user, address=request.viewer.address)
    except MingjingError as error:
        messages.error(request, str(error))
        return render(request, "cases/policy.html", policy_context(level, request.POST), status=error.status)
    messages.success(request, _("Saved; cases opened from now on keep it."))
    return redirect("cases:policy")


@require_POST
def departments(request: ConsoleRequest) -> HttpResponse:
    typed = {line: request.POST.get(f"line-{line}", "").strip()[:200] for line in _lines()}
    try:
        save_departments(departments=_codes(typed), actor=request.user, address=request.viewer.address)
    except MingjingError as error:
        messages.error(request, str(error))
        return render(request, "cases/policy.html", policy_context(typed_departments=typed), status=error.status)
    messages.success(request, _("Saved; the next dispatch is prefilled with it."))
    return redirect("cases:policy")


def _codes(typed: dict[str, str]) -> dict[str, str]:
    known = dict(Unit.objects.values_list("code", "name"))
    found = {line: unit_code(text, known) if text else "" for line, text in typed.items()}
    if wrong := next((text for line, text in typed.items() if text and not found[line]), ""):
        raise BadInput(_("“%(text)s” is no unit of the list.") % {"text": wrong})
    return found


def _term(given: QueryDict) -> NewTerm:
    numbers = {name: _number(given.get(name, "")) for name in NUMBERS}
    first = given.get("first_report", "").strip()
    return NewTerm(
        **numbers,
        sign_measure=given.get("sign_measure", ""),
        feedback_measure=given.get("feedback_measure", ""),
        first_report=_number(first) if first else None,
        at_once=given.get("at_once") == "1",
        copied=given.getlist("copied"),
    )


def _steps(given: QueryDict) -> list[Step]:
    """The steps whose addressee was filled in, in their order."""
    rows = zip(*(given.getlist(name) for name in ("after_hours", "to_layer", "to_kind", "addressee")), strict=False)
    kept = [(hours, layer, kind, who.strip()) for hours, layer, kind, who in rows if who.strip()]
    return [Step(number, _number(hours), layer, kind, who) for number, (hours, layer, kind, who) in enumerate(kept, start=1)]


def _number(text: str) -> int:
    text = text.strip()
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        raise BadInput(_("“%(text)s” is no whole number.") % {"text": text})
    return int(text)


def _lines() -> dict[str, str]:
    return {code: words.line_title(code) for code in lines()} | {"common": _("all lines")}


def policy_context(level: str = "", typed: QueryDict | None = None, typed_departments: dict[str, str] | None = None) -> dict[str, Any]:
    """What cases/policy.html prints. `typed`: the form of a level that was refused; `typed_departments` likewise."""
    named = dict(LineDepartment.objects.values_list("line", "unit__code"))
    units = dict(Unit.objects.order_by("path").values_list("code", "name"))
    own = {line: offered(code, units[code]) for line, code in named.items()}
    return {
        "levels": [_level(name, one, typed if name == level else None) for name, one in policies().items()],
        "measures": Measure.choices,
        "layers": Layer.choices,
        "copiable": [(layer.value, layer.label) for layer in COPIABLE],
        "kinds": Unit.Kind.choices,
        "lines": [{"code": code, "title": title, "value": (typed_departments or own).get(code, "")} for code, title in _lines().items()],
        "units": [offered(code, name) for code, name in units.items()],
        "departments_known": bool(named),
    }


def _level(level: str, one: Any, typed: QueryDict | None) -> dict[str, Any]:
    told: dict[str, Any] = {"level": level, "edited": one.edited}
    if typed is not None:
        names = (*NUMBERS, "sign_measure", "feedback_measure", "first_report")
        columns = [typed.getlist(name) for name in ("after_hours", "to_layer", "to_kind", "addressee")]
        steps = [dict(zip(("after_hours", "to_layer", "to_kind", "addressee"), row, strict=True)) for row in zip(*columns, strict=False)]
        return (
            told
            | {name: typed.get(name, "") for name in names}
            | {"at_once": typed.get("at_once") == "1", "copied": typed.getlist("copied"), "steps": steps}
        )
    spare = {"after_hours": 0, "to_layer": Layer.COMMITTEE.value, "to_kind": Unit.Kind.DETACHMENT.value, "addressee": ""}
    return told | {
        "sign": one.sign.amount,
        "sign_measure": one.sign.measure,
        "feedback": one.feedback.amount,
        "feedback_measure": one.feedback.measure,
        "first_report": one.first_report or "",
        "at_once": one.at_once,
        "copied": one.copied,
        "repeats": one.repeats,
        "repeat_days": one.repeat_days,
        "watch_days": one.watch_days,
        "steps": [*({name: getattr(step, name) for name in spare} for step in one.steps), *[spare] * SPARE_STEPS],
    }
