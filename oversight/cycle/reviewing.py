"""复核: somebody above the unit who did not submit the task accepts it, or returns it with comments on its items."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.kit.errors import BadInput
from ledger.roster.accounts import User
from oversight.cases.policy.terms import AFTER_RETURN
from oversight.cycle.acting import begin, write
from oversight.cycle.models import SHORT, Answer, Proposal, Task
from oversight.cycle.queries import answers_of
from oversight.orders.terms import end_of
from risk.alerts.acting import checked_note


@transaction.atomic
def accept(*, number: str, actor: User, note: str = "", address: str = "") -> Task:
    """What the unit wants changed in the checklist goes to its administrators. Raises NotAllowed for who submitted it."""
    note = checked_note(note)
    task, to = begin("accept", number, actor)
    changes = {"reviewed_by": actor, "reviewed_at": timezone.now(), "note": note}
    write(task, "accepted", actor, address, to=to, changes=changes, note=note)
    _propose(task)
    return task


def _propose(task: Task) -> None:
    assert task.submitted_by is not None and task.reviewed_at is not None, "the table lets only what was submitted be accepted"
    told = {"task": task, "proposed_by": task.submitted_by, "proposed_at": task.reviewed_at}
    found = [Proposal(change=one.wish, item=one.item, reason=one.wish_reason, **told) for one in answers_of(task) if one.wish]
    for one in task.additions:
        wanted = {name: one[name] for name in ("post", "step", "risk_point")}
        found.append(Proposal(change=Proposal.Change.ADD, wanted=wanted, reason=one["reason"], **told))
    Proposal.objects.bulk_create(found)


@transaction.atomic
def send_back(*, number: str, actor: User, comments: Mapping[int, str], note: str = "", address: str = "") -> Task:
    """退回. `comments`: key of an answer → what is missing there. Whatever was left of the term, a working day is left now.

    Raises BadInput where neither an item nor the whole is commented on.
    """
    note = checked_note(note)
    task, to = begin("return", number, actor)
    answers = list(answers_of(task))
    for one in answers:
        one.comment = _comment(comments.get(one.pk, ""))
    told = {one.item.no: one.comment for one in answers if one.comment}
    if not told and not note:
        raise BadInput(_("Say what is missing: comment on at least one item."))
    Answer.objects.bulk_update(answers, ["comment"])
    now = timezone.now()
    changes = {"reviewed_by": actor, "reviewed_at": now, "note": note, "due_at": _new_term(task, now)}
    write(task, "returned", actor, address, to=to, changes=changes, note=note, comments=told)
    return task


def _comment(text: str) -> str:
    text = text.replace("\0", "").strip()
    if len(text) > SHORT:
        raise BadInput(_("A comment has more than %(most)d characters; shorten it.") % {"most": SHORT})
    return text


def _new_term(task: Task, now: datetime) -> datetime:
    return max(task.due_at, end_of(AFTER_RETURN, task.unit, now))
