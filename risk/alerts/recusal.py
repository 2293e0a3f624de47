"""Who must not see an alert: its subject, the people behind a subject that is no person, and those related to them."""

from collections.abc import Collection, Iterable
from datetime import date

from django.db.models import QuerySet

from ledger.journal.queries import roster_keys_naming, roster_values_between
from ledger.roster.models import Posting, Relation, Staff, Unit
from risk.alerts.models import Alert, RecusalChange, Recused
from risk.frames import base

BEHIND = ("agency", "agent", "terminal", "person", "vehicle")
# Subjects about which the people of the evidence may be recused.
BY_EVIDENCE = (*BEHIND, "staff")
OPTIONAL = frozenset(RecusalChange.Relation.values)


def switched_off() -> QuerySet[RecusalChange, str]:
    """The configurable relations that recuse nobody at present, to be asked for within another query."""
    return RecusalChange.objects.filter(in_force=True, active=False).values_list("relation", flat=True)


def recused_staff(*, subject_kind: str, subject_code: str, first_day: date, last_day: date, people: Collection[str]) -> dict[str, str]:
    """Staff numbers to recuse, each with its strongest reason. `people`: handlers and approvers of the evidence.

    Staff: the subject; for an auxiliary the officer responsible; the leader of the subject's squad; who handled or approved the evidence
    with the subject. Unit: its leader. All as of now and as of those days, so that who has moved on since does not judge their own time.
    Post: who held it in those days. A subject outside the force, or a terminal: whoever handled or approved the evidence. Always: declared
    relations to the subject. The relations of OPTIONAL are found here whether or not they are switched off.
    """
    found: dict[str, str] = {}

    def add(numbers: Iterable[str], reason: str) -> None:
        for number in numbers:
            if number:
                found.setdefault(number, reason)

    if subject_kind == "staff":
        add([subject_code], "subject")
    elif subject_kind == "unit":
        add(_leaders([subject_code], first_day, last_day), "leader")
    elif subject_kind == "post":
        held = Posting.objects.filter(post_code=subject_code, start_date__lte=last_day).exclude(end_date__lt=first_day)
        add(held.values_list("staff_no", flat=True), "holder")
    if subject_kind in BEHIND:
        add(people, "handled")
    add(Relation.objects.filter(subject_kind=subject_kind, subject_code=subject_code).values_list("staff_no", flat=True), "related")
    if subject_kind == "staff":
        add(_then_and_now("responsible_no", subject_code, first_day, last_day), RecusalChange.Relation.RESPONSIBLE)
        squads = _then_and_now("unit_code", subject_code, first_day, last_day)
        add(_leaders(squads, first_day, last_day), RecusalChange.Relation.SQUAD_LEADER)
        add(people, RecusalChange.Relation.PAIRED)
    return found


def possibly_recused_from(staff_no: str) -> dict[str, set[str]]:
    """Codes, by kind, of all subjects for which `recused_staff` could name the staff member on some days without looking at evidence.

    None is missing, some may be too many: whoever asks about thousands of subjects asks `recused_staff` only about these.
    """
    helped = Staff.objects.filter(responsible_no=staff_no).values_list("staff_no", flat=True)
    led = Unit.objects.filter(leader_no=staff_no).values_list("code", flat=True)
    squads = {*led, *roster_keys_naming("units", staff_no)}
    in_squads = Staff.objects.filter(unit_code__in=squads).values_list("staff_no", flat=True)
    were_there = {number for squad in squads for number in roster_keys_naming("staff", squad)}
    found = {
        "staff": {staff_no, *helped, *in_squads, *were_there, *roster_keys_naming("staff", staff_no)},
        "unit": squads,
        "post": set(Posting.objects.filter(staff_no=staff_no).values_list("post_code", flat=True)),
    }
    for kind, code in Relation.objects.filter(staff_no=staff_no).values_list("subject_kind", "subject_code"):
        found.setdefault(kind, set()).add(code)
    return found


def _then_and_now(column: str, staff_no: str, first_day: date, last_day: date) -> set[str]:
    """What the roster says about a person in a column today, and what it said in those days."""
    now = Staff.objects.filter(staff_no=staff_no).exclude(**{column: ""}).values_list(column, flat=True)
    return {*now, *roster_values_between("staff", column, first_day, last_day, staff_no=staff_no)}


def _leaders(units: Iterable[str], first_day: date, last_day: date) -> set[str]:
    """Who leads the units today, and who did in those days."""
    codes = set(units)
    now = Unit.objects.filter(code__in=codes).exclude(leader_no="").values_list("leader_no", flat=True)
    return {*now}.union(*(roster_values_between("units", "leader_no", first_day, last_day, code=code) for code in codes))


def recuse(alert: Alert, people: Collection[str]) -> None:
    """Write down who must not see the alert; who was once recused stays so. `people`: handlers and approvers of its evidence."""
    found = recused_staff(
        subject_kind=alert.subject_kind,
        subject_code=alert.subject_code,
        first_day=alert.first_day,
        last_day=alert.last_day,
        people=people,
    )
    rows = [Recused(alert=alert, staff_no=number, reason=reason) for number, reason in sorted(found.items())]
    Recused.objects.bulk_create(rows, ignore_conflicts=True)
    for number, reason in found.items():
        if reason not in OPTIONAL:
            Recused.objects.filter(alert=alert, staff_no=number, reason__in=OPTIONAL).update(reason=reason)


def recuse_again(alerts: Iterable[Alert]) -> None:
    """The same for alerts that stand already: a relation may have been declared, a leader or officer named, after they were raised."""
    for alert in alerts:
        rows = base(alert.rule.frame).facts(set(alert.evidence.values_list("row_id", flat=True)))
        recuse(alert, {number for row in rows.values() for number in row.people})
