"""The frame of every act in a case: see it, lock it, ask the table, turn its status. Inside a transaction."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.kit.days import SHANGHAI
from ledger.kit.errors import Conflict, NotAllowed
from ledger.kit.moves import Move
from ledger.roster.accounts import Role, User
from oversight.cases.models import Case, CaseEntry, Layer, Party
from oversight.cases.people import Person
from oversight.cases.states import PARTY_TABLE, TABLE, PartyAct, Status
from oversight.cases.visibility import UNDISPATCHED, visible_case
from risk.alerts.models import Alert

REASON_LENGTH = 5


def locked(actor: User, number: str) -> Case:
    """The case, if the actor may see it, locked until the transaction ends. Raises NotFound."""
    seen = visible_case(actor, number)
    case = Case.objects.select_for_update(of=("self",)).select_related("unit", "handler").get(pk=seen.pk)
    case.redacted = seen.redacted
    return case


def begin(act: str, number: str, actor: User) -> tuple[Case, Move[Person, Case]]:
    """The locked case and where the act leads. Raises NotFound, Conflict when somebody was faster, NotAllowed for the wrong person."""
    case = locked(actor, number)
    move = TABLE.move(act, case.status)
    if move is None:
        raise too_late(case, case.number, case.get_status_display())
    if case.redacted or not move.who(Person.of(actor), case):
        raise NotAllowed(_("This is for somebody else to decide: who handles a case, its leaders, or another person than who asked."))
    return case, move


def begin_party(act: str, number: str, party: int, actor: User) -> tuple[Case, Party, str]:
    """The locked case, the party of that id and the status the act leads to. Raises as `begin`."""
    case = locked(actor, number)
    found = Party.objects.select_for_update(of=("self",)).select_related("unit").filter(case=case, pk=party).first()
    if found is None:
        raise NotAllowed(_("This unit takes no part in case %(number)s.") % {"number": number})
    found.case = case
    if case.status != Status.HANDLING:
        raise too_late(case, case.number, case.get_status_display())
    move = PARTY_TABLE.move(act, found.status)
    if move is None:
        raise too_late(case, found.about, found.get_status_display())
    if not move.who(Person.of(actor), found):
        raise NotAllowed(_refused(act, found))
    return case, found, move.to or found.status


def _refused(act: str, party: Party) -> str:
    if act == PartyAct.REMIND:
        return _("Only who watches over the case reminds its parties, and nobody their own unit.")
    return _("Only the leader or an officer of %(unit)s does this part.") % {"unit": party.unit.name}


def too_late(case: Case, about: str, status: str) -> Conflict:
    """Somebody was faster: who, what and when."""
    last = case.entries.filter(about=about, data__has_key="to").exclude(actor=None).order_by("-id").select_related("actor").first()
    if last is None:
        return Conflict(_("This is %(status)s meanwhile; your action was not written. Open the page again.") % {"status": status})
    told = {"status": status, "name": str(last.actor), "time": f"{last.at.astimezone(SHANGHAI):%m-%d %H:%M}"}
    return Conflict(_("This is already %(status)s, by %(name)s at %(time)s; your action was not written.") % told)


def not_dispatched(case: Case) -> str:
    """Why nothing goes out in the case while its dispatch has not been approved and no party knows of it; empty once it has."""
    if case.status not in UNDISPATCHED:
        return ""
    told = {"number": case.number, "status": case.get_status_display()}
    return _("Case %(number)s is not dispatched yet (%(status)s); a leader approves that first.") % told


def check_dispatched(case: Case) -> None:
    """Raises Conflict while nothing may go out in the case."""
    if reason := not_dispatched(case):
        raise Conflict(reason)


def turn(case: Case, status: str, **changes: Any) -> str:
    """Write the new status and whatever changes with it; returns the status before."""
    before = case.status
    values = {"status": status, "updated_at": timezone.now()} | changes
    for name, value in values.items():
        setattr(case, name, value)
    case.save(update_fields=list(values))
    return before


def alerts_of(case: Case) -> list[Alert]:
    """The alerts of the case, locked, in the order in which everybody locks them."""
    return list(Alert.objects.select_for_update(of=("self",)).filter(of_case__case=case).order_by("pk"))


def layer_of(person: Person, case: Case) -> str:
    """Which of the five levels of supervision acts when this person acts upon the case itself."""
    if person.holds(Role.LEADER, over=case.unit.path):
        return Layer.COMMITTEE
    if person.holds(Role.DISCIPLINE, over=case.unit.path):
        return Layer.DISCIPLINE
    return Layer.DEPARTMENT if person.holds(Role.SUPERVISOR, over=case.unit.path) else Layer.MEMBERS


def replayed(entries: list[CaseEntry], about: str) -> str:
    """The status the entries of an object come to, oldest first; empty where they tell of none.

    Raises ValueError where one does not begin where the one before ended: then something was lost.
    """
    status = ""
    for entry in entries:
        if entry.about != about or "to" not in entry.data:
            continue
        if (entry.data["from"] or "") != status:
            raise ValueError(f"{entry.about}: {entry.kind} begins at {entry.data['from']}, not at {status or 'nothing'}")
        status = entry.data["to"]
    return status
