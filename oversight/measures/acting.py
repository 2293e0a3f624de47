"""The one way in which anything is done with a measure: lock it, ask the table, read the form, bind the approvals, write the record."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.kit.days import SHANGHAI
from ledger.kit.errors import BadInput, Conflict, NotAllowed, NotFound
from ledger.roster.accounts import Role
from ledger.roster.models import User
from oversight.cases import approvals
from oversight.cases.acting import check_dispatched
from oversight.cases.models import Approval, Case, CaseEntry, Layer, Party
from oversight.cases.people import Person
from oversight.cases.record import enter, take_part
from oversight.cases.visibility import openly_visible_case
from oversight.measures.base import Measure
from oversight.measures.fields import ActForm
from oversight.measures.kinds import Act, Given, Kind
from oversight.measures.offices.queries import due_on
from oversight.measures.queries import own_measure, visible_measure
from oversight.measures.who import may_propose, of_department
from risk.alerts.numbers import random_number

LAPSED = "lapsed"
_LAYERS = {
    Role.LEADER: Layer.COMMITTEE,
    Role.DISCIPLINE: Layer.DISCIPLINE,
    Role.SUPERVISOR: Layer.DEPARTMENT,
    Role.UNIT_OFFICER: Layer.DEPARTMENT,
}


class Refused(BadInput):
    """A form that will not do; `form` says where, and keeps what was typed."""

    def __init__(self, form: ActForm) -> None:
        super().__init__(form.first_problem())
        self.form = form


@transaction.atomic
def propose(*, kind: Kind, case_number: str, given: Mapping[str, Any], actor: User, address: str = "") -> Measure:
    """Propose a measure of a case. Raises NotFound, NotAllowed, Conflict for a case that is closed or not dispatched yet, Refused for a
    form that will not do."""
    case = Case.objects.select_for_update().select_related("unit").get(pk=openly_visible_case(actor, case_number).pk)
    if not may_propose(Person.of(actor), kind, case):
        raise NotAllowed(not_proposed(kind))
    if case.status == Case.Status.CLOSED:
        raise Conflict(_("Case %(number)s is closed; reopen it before you propose a measure.") % {"number": case.number})
    check_dispatched(case)
    now = timezone.now()
    values = _read(kind.form(given, case=case))
    one = kind.model(number=random_number(kind.prefix, now), case=case, proposed_by=actor, proposed_at=now, updated_at=now)
    told = _fill(one, values)
    if kind.fill is not None:
        kind.fill(one)
    one.due_on = due_on(kind, one)
    one.save()
    if kind.made is not None:
        kind.made(one, Given(actor, now, values))
    take_part(one.number, actor, "proposed")
    _ask(one, kind.asks, actor)
    enter(
        case,
        f"{kind.one}.proposed",
        actor=actor,
        about=one.number,
        layer=_layer(actor, case),
        address=address,
        before="",
        after=one.status,
        **told,
    )
    return one


@transaction.atomic
def perform(
    *, kind: Kind, number: str, act: str, given: Mapping[str, Any], actor: User, address: str = "", own: bool = False
) -> tuple[Measure, bool]:
    """Do an act with a measure; the second value tells that it was done, not that its approval had lapsed meanwhile.

    `own`: the act of somebody whom the measure concerns and who does not see its case. Raises NotFound, NotAllowed, Refused, and Conflict
    when the measure is not (or no longer) where the act is possible.
    """
    one = _locked(kind, number, actor, own)
    spec, move = kind.acts.get(act), kind.table.move(act, one.status)
    if spec is None:
        raise NotFound(_("There is no such act."))
    if move is None:
        raise _taken(one)
    if not move.who(Person.of(actor), one) or (one.redacted and act not in kind.of_legal):
        raise NotAllowed(_("This step is somebody else's: your role does not do it here, or you had another part in this measure."))
    values = _read(spec.form(given, case=one.case, one=one, act=act))
    now = timezone.now()
    if spec.part:
        take_part(one.number, actor, spec.part)
    if spec.decides is not None and not _decided(kind, one, spec.decides, values, actor, address):
        return one, False
    before, told = one.status, _fill(one, values)
    one.status = move.to or before
    done = Given(actor, now, values)
    _carry_out(kind, spec, one, done)
    one.save()
    for waiting in spec.lapses:
        approvals.lapse(about=one.number, kind=waiting)
    _ask(one, spec.asks if spec.asks_when(one, done) else "", actor)
    enter(
        one.case,
        f"{kind.one}.{act}",
        actor=actor,
        about=one.number,
        layer=_layer(actor, one.case),
        address=address,
        before=before,
        after=one.status,
        **told,
    )
    return one, True


def _locked(kind: Kind, number: str, actor: User, own: bool) -> Any:
    found = own_measure(kind, actor, number) if own else visible_measure(kind, actor, number)
    rows = kind.model._default_manager.select_for_update(of=("self",)).select_related("case", "case__unit", *kind.related)
    one: Any = rows.get(pk=found.pk)
    one.redacted = found.redacted
    return one


def _read(form: ActForm) -> dict[str, Any]:
    if not form.is_valid():
        raise Refused(form)
    return form.cleaned_data


def _carry_out(kind: Kind, spec: Act, one: Any, given: Given) -> None:
    """What the act is beyond its columns, and the term of the step that is now the next."""
    if spec.decisive:
        one.decided_by, one.decided_at = given.actor, given.now
    one.updated_at = given.now
    if spec.also is not None:
        spec.also(one, given)
    one.due_on = due_on(kind, one)


def _decided(kind: Kind, one: Any, decides: tuple[str, bool], values: dict[str, Any], actor: User, address: str) -> bool:
    """Decide what waits, upon what stands now. False when that has changed since it was asked for: then the measure falls back."""
    about, approve = decides
    decided = approvals.decide(
        about=one.number, kind=about, approve=approve, content=one.content(about), actor=actor, note=str(values.get("note", ""))
    )
    if decided.state != Approval.State.LAPSED:
        return True
    before, one.status, one.updated_at = one.status, kind.lapsed.get(about, one.status), timezone.now()
    if about in kind.dropped:
        kind.dropped[about](one)
    one.due_on = due_on(kind, one)
    one.save()
    enter(one.case, f"{kind.one}.{LAPSED}", actor=actor, about=one.number, address=address, before=before, after=one.status)
    return False


def _ask(one: Measure, kind: str, actor: User) -> None:
    """Ask for an approval of the row as the database now has it."""
    if kind:
        one.refresh_from_db()
        approvals.ask(about=one.number, kind=kind, content=one.content(kind), actor=actor)


def _fill(one: Measure, values: dict[str, Any]) -> dict[str, Any]:
    """Write the values named like columns; give all of them as the record keeps them."""
    for name, value in values.items():
        try:
            column = one._meta.get_field(name)
        except FieldDoesNotExist:
            continue
        if isinstance(column, models.Field):
            setattr(one, name, value)
    return {f"given_{name}": told(value) for name, value in values.items() if value not in (None, "", [])}


def told(value: Any) -> Any:
    """A value of a form as the record keeps it: text, whole numbers, truth values and lists of these."""
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, models.QuerySet | list | tuple):
        return [told(one) for one in value]
    if hasattr(value, "astimezone"):
        return f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    return str(value)


def _layer(actor: User, case: Case) -> str:
    """Which of the five levels of supervision acted."""
    person = Person.of(actor)
    over_case = next((layer.value for role, layer in _LAYERS.items() if person.holds(role, over=case.unit.path)), "")
    return over_case or (Layer.DEPARTMENT.value if of_department(person, case) or _reviews(person, case) else Layer.UNIT.value)


def _reviews(person: Person, case: Case) -> bool:
    """Whether they answer for the unit that does the legal review in the case."""
    paths = case.parties.filter(part=Party.Part.LEGAL).values_list("unit__path", flat=True)
    return any(person.holds(Role.UNIT_OFFICER, over=path) for path in paths)


def not_proposed(kind: Kind) -> str:
    """Why somebody may not propose a measure of the kind."""
    if kind.by_department:
        return _("Officers of the centre, of the discipline inspection or of the case's business department propose such a measure.")
    return _("Only officers of the centre or of the discipline inspection propose a measure.")


def _taken(one: Measure) -> Conflict:
    """Somebody was faster: who and when."""
    last = CaseEntry.objects.filter(about=one.number).exclude(actor=None).order_by("-id").select_related("actor").first()
    if last is None:
        return Conflict(_("%(number)s changed meanwhile; nothing was written. Open it again.") % {"number": one.number})
    return Conflict(
        _("%(number)s was already moved on by %(name)s at %(time)s; your action was not written.")
        % {"number": one.number, "name": str(last.actor), "time": f"{last.at.astimezone(SHANGHAI):%m-%d %H:%M}"}
    )
