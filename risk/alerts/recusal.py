"""Who must not see an alert: its subject, the people behind a subject that is no person, and those declared related."""

from collections.abc import Collection
from datetime import date

from ledger.journal.queries import roster_keys_naming, roster_values_between
from ledger.roster.models import Posting, Relation, Staff, Unit

BEHIND = ("agency", "agent", "terminal", "person", "vehicle")


def recused_staff(*, subject_kind: str, subject_code: str, first_day: date, last_day: date, people: Collection[str]) -> dict[str, str]:
    """Staff numbers to recuse, each with its reason. `people`: handlers and approvers of the evidence.

    Staff: the subject and, for an auxiliary, the officer responsible. Unit: its leader. Both as of now and as of those days, so that
    who has moved on since does not judge their own time. Post: who held it in those days. A subject outside the force, or a terminal:
    whoever handled or approved the evidence. Always: declared relations to the subject.
    """
    found: dict[str, str] = {}
    if subject_kind == "staff":
        found[subject_code] = "subject"
        now = Staff.objects.filter(staff_no=subject_code).exclude(responsible_no="").values_list("responsible_no", flat=True)
        then = roster_values_between("staff", "responsible_no", first_day, last_day, staff_no=subject_code)
        for number in {*now, *then}:
            found.setdefault(number, "responsible")
    elif subject_kind == "unit":
        now = Unit.objects.filter(code=subject_code).exclude(leader_no="").values_list("leader_no", flat=True)
        then = roster_values_between("units", "leader_no", first_day, last_day, code=subject_code)
        found.update(dict.fromkeys({*now, *then}, "leader"))
    elif subject_kind == "post":
        held = Posting.objects.filter(post_code=subject_code, start_date__lte=last_day).exclude(end_date__lt=first_day)
        found.update(dict.fromkeys(held.values_list("staff_no", flat=True), "holder"))
    if subject_kind in BEHIND:
        found.update(dict.fromkeys((number for number in people if number), "handled"))
    for number in Relation.objects.filter(subject_kind=subject_kind, subject_code=subject_code).values_list("staff_no", flat=True):
        found.setdefault(number, "related")
    return found


def possibly_recused_from(staff_no: str) -> dict[str, set[str]]:
    """Codes, by kind, of all subjects for which `recused_staff` could name the staff member on some days without looking at evidence.

    None is missing, some may be too many: whoever asks about thousands of subjects asks `recused_staff` only about these.
    """
    helped = Staff.objects.filter(responsible_no=staff_no).values_list("staff_no", flat=True)
    led = Unit.objects.filter(leader_no=staff_no).values_list("code", flat=True)
    found = {
        "staff": {staff_no, *helped, *roster_keys_naming("staff", staff_no)},
        "unit": {*led, *roster_keys_naming("units", staff_no)},
        "post": set(Posting.objects.filter(staff_no=staff_no).values_list("post_code", flat=True)),
    }
    for kind, code in Relation.objects.filter(staff_no=staff_no).values_list("subject_kind", "subject_code"):
        found.setdefault(kind, set()).add(code)
    return found
