"""Measures in words: their acts in the record and in the audit trail, the values of their columns."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from ledger.kit.days import SHANGHAI
from ledger.roster.models import Unit
from oversight.cases.models import CaseEntry
from oversight.measures.catalogue import KINDS
from oversight.measures.fields import ActForm
from oversight.measures.kinds import Kind

PROPOSED = pgettext_lazy("told", "proposed")
LAPSED = gettext_lazy("the approval lapsed: what was asked for had changed")
JOINT: dict[str, Promise] = {
    "joint.exemption_asked": gettext_lazy("exemption from joint points asked for"),
    "joint.exempted": gettext_lazy("exempted from joint points"),
    "joint.exemption_refused": gettext_lazy("exemption from joint points refused"),
}
CASE_SEALED = {"case.sealed": gettext_lazy("case sealed")}


def _told() -> dict[str, Promise]:
    """The words of every entry that measures write, by its kind."""
    found: dict[str, Promise] = {**JOINT, **CASE_SEALED}
    for kind in KINDS.values():
        found[f"{kind.one}.proposed"] = PROPOSED
        found[f"{kind.one}.lapsed"] = LAPSED
        found |= {f"{kind.one}.{name}": act.told for name, act in kind.acts.items()}
        found |= {f"{kind.one}.{name}": told for name, told in kind.notes.items()}
    return found


TOLD = _told()


def audit_actions() -> dict[str, Promise]:
    """The same as the audit trail says them, with what they were done to."""
    found: dict[str, Promise] = {**JOINT, **CASE_SEALED}
    for kind in KINDS.values():
        names = ["proposed", "lapsed", *kind.acts]
        acts = {f"{kind.one}.{name}": TOLD[f"{kind.one}.{name}"] for name in names} | {
            f"{kind.one}.viewed": pgettext_lazy("told", "opened")
        }
        found |= {code: format_lazy("{kind}{colon}{act}", kind=kind.label, colon=gettext_lazy(": "), act=act) for code, act in acts.items()}
    found["joint.drafted"] = gettext_lazy("weights of joint responsibility drafted")
    found["joint.published"] = gettext_lazy("weights of joint responsibility published")
    found["measure_policy.changed"] = gettext_lazy("offices and terms of a measure changed")
    return found


def shown(field: forms.Field, value: Any) -> str:
    """The value of a column as its page prints it; empty for none."""
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(field, forms.MultipleChoiceField):
        return _(", ").join(Unit.objects.filter(code__in=value).order_by("path").values_list("name", flat=True))
    if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
        choices: Any = field.choices
        return str(dict(choices).get(value, value))
    if isinstance(value, datetime):
        return f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def facts_of(form: type[ActForm], one: Any) -> list[tuple[str, str]]:
    """(label, text) of the columns that a form filled, as they stand now; empty ones left out."""
    found = []
    for name, field in form.base_fields.items():
        told = getattr(one, f"get_{name}_display", None)
        text = told() if told is not None else shown(field, getattr(one, name, None))
        if text:
            found.append((str(field.label), text))
    return found


def remarks_of(kind: Kind, entry: CaseEntry) -> str:
    """What an entry of the record says beyond the act itself: its reason, or the time and place it was moved to."""
    given: Mapping[str, Any] = entry.data
    names = {
        "interview.reschedule": ("given_held_on", "given_place", "given_note"),
        "suspension.ask_extension": ("given_until", "given_reason"),
        "suspension.extend": ("given_extension_no",),
        "suspension.ask_revocation": ("given_reason",),
        "suspension.object": ("given_objector", "given_objection"),
        "suspension.answer": ("given_answer",),
    }
    return " ".join(str(given[name]) for name in names.get(entry.kind, ("given_name", "given_note")) if given.get(name))
