"""What becomes of what a round brought up: the centre follows up grave findings, who administers the checklist decides proposals."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.audit.services import record
from ledger.kit.errors import BadInput, Conflict, NotAllowed, NotFound
from ledger.roster.accounts import Role, User
from oversight.cases.people import Person
from oversight.cycle.acting import write
from oversight.cycle.models import SHORT, Answer, Proposal
from oversight.cycle.queries import grave_findings, visible_proposals
from risk.alerts.acting import checked_note

LEAST = 2


@transaction.atomic
def note_finding(*, answer: int, actor: User, note: str, address: str = "") -> Answer:
    """Write down what the centre did about a grave finding, once.

    Raises NotFound for one the actor does not see, NotAllowed for who is no supervising officer over the unit, Conflict when it is noted.
    """
    note = checked_note(note, least=LEAST)
    if not grave_findings(actor).filter(pk=answer).exists():
        raise NotFound(_("There is no such finding."))
    one = Answer.objects.select_for_update(of=("self",)).select_related("task__unit", "item").get(pk=answer)
    if not Person.of(actor).may(Role.SUPERVISOR, over=one.task.unit.path):
        raise NotAllowed(_("A supervisor over the unit notes what was done about a finding."))
    if one.noted_at is not None:
        raise Conflict(_("%(name)s has already noted what was done about this finding.") % {"name": str(one.noted_by)})
    one.noted, one.noted_by, one.noted_at = note, actor, timezone.now()
    one.save(update_fields=["noted", "noted_by", "noted_at"])
    write(one.task, "noted", actor, address, item=one.item.no, note=note)
    return one


@transaction.atomic
def decide_proposal(*, proposal: int, accept: bool, actor: User, note: str = "", address: str = "") -> Proposal:
    """Accept a proposal, for the draft of the next checklist, or decline it with a reason.

    Raises NotFound, NotAllowed for who administers no checklist over the unit or proposed it, Conflict for a decided one, BadInput.
    """
    note = note.replace("\0", "").strip()
    if not visible_proposals(actor).filter(pk=proposal).exists():
        raise NotFound(_("There is no such proposal."))
    one = Proposal.objects.select_for_update(of=("self",)).select_related("task__unit").get(pk=proposal)
    if not Person.of(actor).may(Role.CHECKLIST_ADMIN, over=one.task.unit.path):
        raise NotAllowed(_("An administrator of the checklist decides proposals."))
    if one.proposed_by_id == actor.pk:
        raise NotAllowed(_("Somebody else must decide this: you proposed it."))
    if one.state != Proposal.State.OPEN:
        raise Conflict(_("%(name)s has already decided this proposal.") % {"name": str(one.decided_by)})
    if not accept and len(note) < LEAST:
        raise BadInput(_("Say why the proposal is declined."))
    if len(note) > SHORT:
        raise BadInput(_("A comment has more than %(most)d characters; shorten it.") % {"most": SHORT})
    one.state = Proposal.State.ACCEPTED if accept else Proposal.State.DECLINED
    one.decided_by, one.decided_at, one.note = actor, timezone.now(), note
    one.save(update_fields=["state", "decided_by", "decided_at", "note"])
    record(f"cycle.proposal_{one.state}", actor=actor, target=one.task.number, address=address, proposal=one.pk, note=note)
    return one
