"""What the acts of a suspension ask for."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from ledger.kit.days import today
from oversight.measures.fields import ActForm, choice, day, line, not_after, not_future, text, whole_lines
from oversight.measures.hearing import HearForm
from oversight.measures.subjects import read_agency
from oversight.measures.suspensions.models import LONG_DAYS, AgencyObjection, Suspension

LONGEST = timedelta(days=366)
MOST_CONDITIONS = 12
# What can be stopped at an agency of a kind; a kind that is not named here may be stopped in every way.
FITTING = {
    "test_station": {Suspension.Effect.DATA, Suspension.Effect.ACCEPTANCE},
    "driving_school": {Suspension.Effect.EXAM_BOOKING, Suspension.Effect.ACCEPTANCE},
    "exam_site": {Suspension.Effect.EXAM_SITE},
    "intermediary": {Suspension.Effect.MANDATE, Suspension.Effect.ACCEPTANCE},
    "dealer": {Suspension.Effect.MANDATE, Suspension.Effect.ACCEPTANCE},
    "service_station": {Suspension.Effect.MANDATE, Suspension.Effect.ACCEPTANCE},
}


class ProposeForm(ActForm):
    agency_code = line(gettext_lazy("Agency code"), most=40)
    credit_code = line(gettext_lazy("Unified social credit code"), required=False, most=30)
    effect = choice(
        gettext_lazy("What is stopped"),
        Suspension.Effect.choices,
        help_text=gettext_lazy("A testing licence is withdrawn by market supervision alone."),
    )
    scope = line(gettext_lazy("Business it is about"), most=500)
    starts_on = day(pgettext_lazy("measure", "From"))
    ends_on = day(pgettext_lazy("measure", "To"))
    facts = text(gettext_lazy("Facts"))
    basis = line(gettext_lazy("Basis: clause of the agreement or law"), most=500)
    rectification = text(gettext_lazy("What is to be put right"))
    conditions = text(gettext_lazy("Conditions of lifting it, one a line"), help_text=gettext_lazy("Each is accepted by itself."))
    diversion = text(gettext_lazy("Where the public is served meanwhile"))
    in_flight = text(gettext_lazy("What becomes of business under way"), rows=2)
    remedy = line(gettext_lazy("Objection and remedy"), most=500)

    def clean_conditions(self) -> str:
        found = whole_lines(self.cleaned_data["conditions"])
        if len(found.splitlines()) > MOST_CONDITIONS:
            raise forms.ValidationError(_("At most %(most)d conditions.") % {"most": MOST_CONDITIONS})
        return found

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        agency = read_agency(self, "agency_code") if given.get("agency_code") else None
        if agency is not None:
            given["agency_name"] = agency.name
            fitting = FITTING.get(agency.kind)
            if fitting and given.get("effect") and given["effect"] not in fitting:
                self.add_error("effect", _("This cannot be stopped at an agency of this kind."))
        not_after(self, "starts_on", "ends_on")
        begin, end = given.get("starts_on"), given.get("ends_on")
        if begin and begin < today():
            self.add_error("starts_on", _("A suspension begins today at the earliest."))
        if begin and end and end - begin > LONGEST:
            self.add_error("ends_on", _("A suspension lasts a year at most."))
        return given


class ReviewForm(ActForm):
    legal_opinion = text(gettext_lazy("Opinion of the legal review"))


class HearAgencyForm(HearForm):
    informed_on = day(gettext_lazy("Told of facts, grounds and its rights on"))

    field_order = ("informed_on",)

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        not_after(self, "informed_on", "heard_on")
        return given


class ObjectForm(ActForm):
    received_on = day(gettext_lazy("Received on"))
    objector = line(gettext_lazy("Who objects for the agency"), most=100)
    objection = text(gettext_lazy("What it has against the decision"))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        not_future(self, "received_on")
        return given


class AnswerForm(ActForm):
    outcome = choice(pgettext_lazy("objection", "Outcome"), AgencyObjection.Outcome.choices)
    answer = text(gettext_lazy("Answer, with its reasons"))


class DecideForm(ActForm):
    document_no = line(gettext_lazy("Document number"), most=100)
    meeting_no = line(
        gettext_lazy("Meeting that decided it, with its number"),
        most=100,
        help_text=gettext_lazy("The office meeting of the detachment; from 14 days on the Party committee."),
    )
    committee = forms.BooleanField(label=gettext_lazy("It was the Party committee"), required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if days_of(self.one) >= LONG_DAYS and not given.get("committee"):
            self.add_error("committee", _("From 14 days on the Party committee decides; note its meeting."))
        return given


def days_of(one: Suspension) -> int:
    """How many days it lasts, the first and the last counted."""
    return (one.ends_on - one.starts_on).days + 1


class AskExtensionForm(ActForm):
    until = day(pgettext_lazy("suspension", "Extended to"))
    reason = text(gettext_lazy("Why it takes longer"))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        until = given.get("until")
        if until and until <= self.one.ends_on:
            self.add_error("until", _("It ends on %(day)s already; give a later day.") % {"day": self.one.ends_on})
        elif until and until < today():
            self.add_error("until", _("This day is over; give a later day."))
        if until and until - self.one.starts_on > LONGEST:
            self.add_error("until", _("A suspension lasts a year at most."))
        return given


class ExtendForm(ActForm):
    extension_no = line(gettext_lazy("Document number"), most=100)
    extension_meeting = line(
        gettext_lazy("Meeting that decided it, with its number"),
        most=100,
        help_text=gettext_lazy("The office meeting of the detachment; from 14 days in all on the Party committee."),
    )
    committee = forms.BooleanField(label=gettext_lazy("It was the Party committee"), required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        asked = self.one.waiting_extension
        if asked and asked.until < today():
            raise forms.ValidationError(_("The day that was asked for is over; refuse it, and a later one can be asked for."))
        if asked and (asked.until - self.one.starts_on).days + 1 >= LONG_DAYS and not given.get("committee"):
            self.add_error("committee", _("From 14 days on the Party committee decides; note its meeting."))
        return given


class AskRevocationForm(ActForm):
    reason = text(gettext_lazy("Why it does not stand"))


class ServeForm(ActForm):
    served_on = day(gettext_lazy("Served on"))
    served_how = line(gettext_lazy("How, and who signed for it"))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        not_future(self, "served_on")
        if self.one.days_left < 0:
            self.add_error("served_on", _("The days of the suspension are over; have it revoked and propose another."))
        return given


class ApplyForm(ActForm):
    applied_on = day(gettext_lazy("Applied on"))
    report = text(gettext_lazy("Report of the agency on what it put right"))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        not_future(self, "applied_on")
        return given


class AcceptanceForm(ActForm):
    """A finding for each condition; what did not pass wants its remark."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for place, condition in enumerate(self.one.items):
            verdict = choice(condition, [("yes", gettext_lazy("met")), ("no", gettext_lazy("not met"))])
            remark = line(_("Remark on it"), required=False, most=500)
            for name, field in ((f"item_{place}", verdict), (f"remark_{place}", remark)):
                field.widget.attrs["class"] = "form-select" if name.startswith("item") else "form-control"
                self.fields[name] = field

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        findings = []
        for place, condition in enumerate(self.one.items):
            met, remark = given.get(f"item_{place}") == "yes", given.get(f"remark_{place}") or ""
            if given.get(f"item_{place}") == "no" and not remark:
                self.add_error(f"remark_{place}", _("Say what is missing."))
            findings.append([condition, met, remark])
        return {} if self.errors else {"findings": findings, "passed": all(met for _condition, met, _remark in findings)}


class AcceptForm(AcceptanceForm):
    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if given and not given["passed"]:
            raise forms.ValidationError(_("A condition is not met: refuse the acceptance instead."))
        return given


class FailForm(AcceptanceForm):
    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if given and given["passed"]:
            raise forms.ValidationError(_("Every condition is met: accept instead."))
        return given


class LiftForm(ActForm):
    lifting_no = line(gettext_lazy("Number of the notice of resumption"), most=100)
    probation_until = day(gettext_lazy("Probation until"))

    def clean_probation_until(self) -> Any:
        found = self.cleaned_data["probation_until"]
        if found < today():
            raise forms.ValidationError(_("The probation ends today at the earliest."))
        return found


class EndForm(ActForm):
    closing = text(gettext_lazy("What the probation showed"), rows=2)
