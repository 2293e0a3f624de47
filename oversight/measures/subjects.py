"""Whom a measure is about, typed as a staff number or an agency's code and looked up on the roster."""

from datetime import date
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from ledger.roster.models import Agency, Post, Staff, Unit
from ledger.roster.queries import held_on
from oversight.cases.models import Case
from oversight.measures.fields import ActForm


class Category(models.TextChoices):
    """The three categories in which the force counts whom it held to account: 民警、辅警、其他社会工作人员."""

    OFFICER = "officer", pgettext_lazy("category", "officer")
    AUXILIARY = "auxiliary", pgettext_lazy("category", "auxiliary")
    OTHER = "other", pgettext_lazy("category", "other")


def category_of(kind: str) -> Category:
    """Of a kind of staff: employees count with the others."""
    return {"officer": Category.OFFICER, "auxiliary": Category.AUXILIARY}.get(kind, Category.OTHER)


def read_staff(form: ActForm, name: str) -> Staff | None:
    """The staff member whose number was typed; a problem at the field for one that is not on the roster."""
    found = Staff.objects.filter(staff_no=form.cleaned_data.get(name) or "").first()
    if found is None:
        form.add_error(name, _("Nobody on the roster has this number."))
    return found


def read_agency(form: ActForm, name: str) -> Agency | None:
    found = Agency.objects.filter(code=form.cleaned_data.get(name) or "").first()
    if found is None:
        form.add_error(name, _("No agency on the roster has this code."))
    return found


def place_on(staff: Staff, on: date) -> tuple[Unit | None, str]:
    """The unit a staff member was in on a day, and in words the post held there: by the postings of the day, the one begun last; by the
    roster as it is where none is known."""
    held = held_on(on, [staff.staff_no]).last()
    unit = Unit.objects.filter(code=held.unit_code if held else staff.unit_code).first()
    post = Post.objects.filter(code=held.post_code).values_list("name", flat=True).first() if held else None
    return unit, " ".join(filter(None, (unit.name if unit else "", post or (held.post_code if held else ""))))


def place_of(staff: Staff) -> str:
    """The unit a staff member belongs to, by name."""
    return Unit.objects.filter(code=staff.unit_code).values_list("name", flat=True).first() or ""


def from_case(case: Case) -> dict[str, Any]:
    """What a form begins with: the subject of the case, where it is a person of the force or an agency."""
    if case.subject_kind not in ("staff", "agency"):
        return {}
    return {"subject_kind": case.subject_kind, "subject_code": case.subject_code}
