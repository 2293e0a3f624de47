"""What the acts of holding to account ask for."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oversight.measures.accountability.models import Accountability
from oversight.measures.fields import ActForm, choice, day, line, not_after, not_future, text
from oversight.measures.subjects import Category, category_of, place_on, read_staff

Means = Accountability.Means
TO_OUTSIDERS = (Means.EMPLOYER, Means.DEREGISTER, Means.REFER)
TO_AUXILIARIES = (Means.CONTRACT, Means.DISMISSAL)


class ProposeForm(ActForm):
    subject_kind = choice(gettext_lazy("Who"), Accountability.SubjectKind.choices)
    subject_code = line(gettext_lazy("Staff number"), required=False, most=40, help_text=gettext_lazy("Of a person of the force."))
    subject_name = line(
        gettext_lazy("Name of the person"),
        required=False,
        most=100,
        help_text=gettext_lazy("Of an outsider; that of a person of the force is taken from the roster."),
    )
    happened_on = day(
        gettext_lazy("When it happened"),
        required=False,
        help_text=gettext_lazy("Of a person of the force: by the postings of that day it is found who answers along."),
    )
    place_then = line(
        gettext_lazy("Post and unit when it happened"),
        required=False,
        help_text=gettext_lazy("Of an outsider: their employer. Of a person of the force it is found, unless it is given."),
    )
    facts = text(gettext_lazy("Facts and evidence"))
    measure = choice(gettext_lazy("Proposed measure"), Means.choices)
    basis = line(gettext_lazy("Basis, with its clause"), most=500)
    points = forms.DecimalField(
        label=gettext_lazy("Points of confirmed misconduct"),
        min_value=Decimal(0),
        max_value=Decimal(10),
        decimal_places=2,
        initial=0,
        help_text=gettext_lazy("Joint responsibility flows from them; 0 for none."),
    )
    effect_months = forms.IntegerField(label=gettext_lazy("Period of effect in months"), min_value=0, max_value=60, initial=0)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        not_future(self, "happened_on")
        kind = given.get("subject_kind")
        if kind == Accountability.SubjectKind.STAFF:
            self._of_the_force(given)
        elif kind:
            given |= {"subject_code": "", "category": Category.OTHER, "unit": None, "points": Decimal(0)}
            if not given.get("subject_name"):
                self.add_error("subject_name", _("Give the name."))
            if not given.get("place_then"):
                self.add_error("place_then", _("Give the employer."))
        self._fitting(given)
        return given

    def _of_the_force(self, given: dict[str, Any]) -> None:
        staff = read_staff(self, "subject_code")
        if staff is None:
            return
        given |= {"subject_name": staff.name, "category": category_of(staff.kind)}
        if "happened_on" in self.errors:
            return
        if given.get("happened_on") is None:
            self.add_error("happened_on", _("Give the day; by it the unit is found."))
            return
        given["unit"], place = place_on(staff, given["happened_on"])
        given["place_then"] = given.get("place_then") or place

    def _fitting(self, given: dict[str, Any]) -> None:
        """Each measure belongs to some category of people: nobody outside the force is punished by it."""
        means, category, outside = given.get("measure"), given.get("category"), given.get("subject_kind") == "outside"
        if means and outside != (means in TO_OUTSIDERS):
            self.add_error(
                "measure", _("Outsiders are reported, removed from the record or transferred; only people of the force are punished.")
            )
        elif means in TO_AUXILIARIES and category == Category.OFFICER:
            self.add_error("measure", _("This measure is for auxiliaries and employees."))


class FindForm(ActForm):
    finding = choice(gettext_lazy("Legal finding"), Accountability.Finding.choices)
    finding_text = text(gettext_lazy("Reasons of the finding"))


class DecideForm(ActForm):
    deciding_body = line(gettext_lazy("Deciding body"), most=100)
    document_no = line(gettext_lazy("Document number"), most=100)
    decided_on = day(gettext_lazy("Decided on"))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        not_future(self, "decided_on")
        return given


class ServeForm(ActForm):
    served_on = day(gettext_lazy("Served on"))
    served_how = line(gettext_lazy("How, and who signed for it"), most=100)
    appeal_until = day(gettext_lazy("Appeal until"))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        not_future(self, "served_on")
        not_after(self, "served_on", "appeal_until")
        return given


class AppealForm(ActForm):
    appeal = text(gettext_lazy("The appeal, and what became of it"))


class ExecuteForm(ActForm):
    executed_on = day(gettext_lazy("Executed on"))
    execution = line(gettext_lazy("How it was executed"), most=500)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        not_future(self, "executed_on")
        return given


class RevokeForm(ActForm):
    revocation_no = line(gettext_lazy("Number of the document that revokes it"), most=100)
    note = text(gettext_lazy("Reason"), rows=2)
