"""What the acts of an interview ask for."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger.roster.models import User
from oversight.measures.fields import ActForm, PersonField, choice, day, line, moment, must_see, not_after, not_future, text
from oversight.measures.interviews.models import Interview
from oversight.measures.subjects import Category, category_of, place_of, read_agency, read_staff


class ProposeForm(ActForm):
    subject_kind = choice(gettext_lazy("Who is interviewed"), Interview.SubjectKind.choices)
    subject_code = line(gettext_lazy("Staff number or agency code"), most=40)
    representative = line(
        gettext_lazy("Representative"),
        required=False,
        most=100,
        help_text=gettext_lazy("Of an agency: the legal representative, or who has authority."),
    )
    reason = text(gettext_lazy("Reason of the interview"))
    basis = line(gettext_lazy("Basis"), most=500, help_text=gettext_lazy("The rule or document, with its article."))
    breach = choice(
        gettext_lazy("Breach of discipline or law"),
        Interview.Breach.choices,
        help_text=gettext_lazy("An interview never takes the place of a disciplinary check."),
    )
    check_no = line(gettext_lazy("Number of the disciplinary check"), required=False, most=100)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("subject_kind") == Interview.SubjectKind.STAFF:
            if staff := read_staff(self, "subject_code"):
                account = User.objects.filter(staff=staff).first()
                given |= {"subject_name": staff.name, "subject_place": place_of(staff), "interviewee": account, "representative": ""}
                given["category"] = category_of(staff.kind)
        elif given.get("subject_kind") and (agency := read_agency(self, "subject_code")):
            given |= {"subject_name": agency.name, "subject_place": "", "interviewee": None, "category": Category.OTHER}
            if not given.get("representative"):
                self.add_error("representative", _("Say who comes for the agency."))
        if given.get("breach") == Interview.Breach.OPEN:
            self.add_error("breach", _("Transfer the case to the discipline inspection first; an interview does not replace its check."))
        elif given.get("breach") == Interview.Breach.CHECKED and not given.get("check_no"):
            self.add_error("check_no", _("Give the number of the check."))
        return given


class PeopleForm(ActForm):
    """Two interviewers who may know of the case, one of them not the proposer."""

    interviewer = PersonField(gettext_lazy("Interviewer"))
    second = PersonField(gettext_lazy("Second interviewer"))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for name in ("interviewer", "second"):
            must_see(self, name)
        if given.get("second") is not None and given.get("second") == given.get("interviewer"):
            self.add_error("second", _("Two different people hold an interview."))
        return given


class NotifyForm(PeopleForm):
    held_on = moment(gettext_lazy("Time"))
    place = line(gettext_lazy("Place"))
    recorder = line(gettext_lazy("Recorder"), most=100)
    to_bring = line(gettext_lazy("Papers to bring"), required=False, most=500)
    contact = line(gettext_lazy("Contact"), most=100)


class RescheduleForm(ActForm):
    held_on = moment(gettext_lazy("New time"))
    place = line(gettext_lazy("Place"))
    note = text(gettext_lazy("Why it is moved"), rows=2)


class HoldForm(ActForm):
    held_on = moment(gettext_lazy("Began at"))
    ended_at = moment(gettext_lazy("Ended at"))
    present = line(gettext_lazy("Also present"), required=False)
    recusal_answer = line(gettext_lazy("Asked whether anybody should recuse; answer"), most=500)
    facts = text(gettext_lazy("Facts told"))
    statement = text(gettext_lazy("Statement and defence"), help_text=gettext_lazy("As it was said; “none” if none was made."), least=1)
    requirements = text(gettext_lazy("Requirements"))
    fulfil_by = day(gettext_lazy("To be fulfilled by"))
    promise = text(gettext_lazy("Promise"), rows=2, least=1)
    follow_up = PersonField(gettext_lazy("Followed up by"))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        not_future(self, "ended_at")
        not_after(self, "held_on", "ended_at")
        must_see(self, "follow_up")
        return given


class CountersignForm(ActForm):
    objection = line(
        gettext_lazy("Objection"),
        required=False,
        most=2_000,
        help_text=gettext_lazy("What of the record is not as you said it; empty if all is."),
    )


class PaperForm(ActForm):
    signature = choice(
        gettext_lazy("How it was signed"),
        [(one.value, one.label) for one in (Interview.Signature.PAPER, Interview.Signature.REFUSED)],
    )
    witness = line(gettext_lazy("Witness of a refusal"), required=False, most=100)
    objection = line(gettext_lazy("Objection"), required=False, most=2_000)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("signature") == Interview.Signature.REFUSED and not given.get("witness"):
            self.add_error("witness", _("Name who witnessed the refusal."))
        return given


class ArchiveForm(ActForm):
    result = text(gettext_lazy("What the follow-up showed"), rows=2)
