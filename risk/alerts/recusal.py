"""Who must not see an alert: its subject, the people behind a subject that is no person, and those related to them."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from django.db.models import QuerySet

from ledger.journal.queries import roster_keys_naming, roster_spans, values_between
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
    return Around(subject_kind, {subject_code}).recused(subject_code, first_day, last_day, people)


class Around:
    """What the roster, past and present, tells of the people around subjects of one kind: asked once for all of them."""

    def __init__(self, kind: str, codes: Collection[str]) -> None:
        self.kind = kind
        self.related: dict[str, list[str]] = {}
        for code, number in Relation.objects.filter(subject_kind=kind, subject_code__in=codes).values_list("subject_code", "staff_no"):
            self.related.setdefault(code, []).append(number)
        self.posted = list(Posting.objects.filter(post_code__in=codes)) if kind == "post" else []
        self.staff = _Past("staff", Staff, ("responsible_no", "unit_code"), codes if kind == "staff" else ())
        units = {unit for code in codes for unit in self.staff.ever("unit_code", code)} if kind == "staff" else codes
        self.units = _Past("units", Unit, ("leader_no",), units if kind in ("staff", "unit") else ())

    def recused(self, code: str, first_day: date, last_day: date, people: Collection[str]) -> dict[str, str]:
        """As recused_staff says it, of one of the subjects."""
        found: dict[str, str] = {}

        def add(numbers: Iterable[str], reason: str) -> None:
            for number in numbers:
                if number:
                    found.setdefault(number, reason)

        if self.kind == "staff":
            add([code], "subject")
        elif self.kind == "unit":
            add(self.units.then_and_now("leader_no", code, first_day, last_day), "leader")
        elif self.kind == "post":
            held = (one for one in self.posted if one.post_code == code and one.start_date <= last_day)
            add([one.staff_no for one in held if one.end_date is None or one.end_date >= first_day], "holder")
        if self.kind in BEHIND:
            add(people, "handled")
        add(self.related.get(code, ()), "related")
        if self.kind == "staff":
            add(self.staff.then_and_now("responsible_no", code, first_day, last_day), RecusalChange.Relation.RESPONSIBLE)
            for squad in self.staff.then_and_now("unit_code", code, first_day, last_day):
                add(self.units.then_and_now("leader_no", squad, first_day, last_day), RecusalChange.Relation.SQUAD_LEADER)
            add(people, RecusalChange.Relation.PAIRED)
        return found


class _Past:
    """Columns of some rows of the roster: what they say today, and what they said from which day on."""

    def __init__(self, kind: str, model: type[Staff | Unit], columns: Sequence[str], codes: Collection[str]) -> None:
        key = "staff_no" if model is Staff else "code"
        rows = model.objects.filter(**{f"{key}__in": codes}).values(key, *columns) if codes else ()
        self.now = {row[key]: row for row in rows}
        self.spans = roster_spans(kind, columns, codes) if codes else {}

    def ever(self, column: str, code: str) -> set[str]:
        return self.then_and_now(column, code, date.min, date.max)

    def then_and_now(self, column: str, code: str, first_day: date, last_day: date) -> set[str]:
        """What the column says today, and what it said in those days."""
        now = self.now[code][column] if code in self.now else ""
        return ({now} if now else set()) | values_between(self.spans.get((code, column), ()), first_day, last_day)


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


def recuse(alert: Alert, people: Collection[str]) -> None:
    """Write down who must not see the alert; who was once recused stays so. `people`: handlers and approvers of its evidence."""
    recuse_all([(alert, people)])


def recuse_all(alerts: Sequence[tuple[Alert, Collection[str]]]) -> None:
    """The same for many alerts, each with its people."""
    codes: dict[str, set[str]] = {}
    for alert, _people in alerts:
        codes.setdefault(alert.subject_kind, set()).add(alert.subject_code)
    around = {kind: Around(kind, of_kind) for kind, of_kind in codes.items()}
    reasons: dict[tuple[int, str], str] = {}
    for alert, people in alerts:
        found = around[alert.subject_kind].recused(alert.subject_code, alert.first_day, alert.last_day, people)
        reasons |= {(alert.pk, number): reason for number, reason in sorted(found.items())}
    rows = [Recused(alert_id=pk, staff_no=number, reason=reason) for (pk, number), reason in reasons.items()]
    Recused.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)
    for row in Recused.objects.filter(alert__in=[alert.pk for alert, _people in alerts], reason__in=OPTIONAL):
        stronger = reasons.get((row.alert_id, row.staff_no), row.reason)
        if stronger not in OPTIONAL:
            Recused.objects.filter(pk=row.pk).update(reason=stronger)


def recuse_again(alerts: Iterable[Alert]) -> None:
    """The same for alerts that stand already: a relation may have been declared, a leader or officer named, after they were raised."""
    for alert in alerts:
        rows = base(alert.rule.frame).facts(set(alert.evidence.values_list("row_id", flat=True)))
        recuse(alert, {number for row in rows.values() for number in row.people})
