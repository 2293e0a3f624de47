"""Asking for a suppression, deciding it by another person, ending it. Each act is one transaction with its audit entry."""

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.audit.services import record
from ledger.kit.days import today
from ledger.kit.errors import BadInput, Conflict, NotAllowed, NotFound
from ledger.roster.accounts import Role, User
from ledger.roster.models import Unit
from ledger.roster.rights import active_grants
from risk.alerts.models import Suppression
from risk.alerts.numbers import random_number
from risk.alerts.suppressing import concerned_staff
from risk.rules.models import Level, Rule, SubjectKind

ASKING = frozenset({Role.SUPERVISOR.value})
DECIDING = frozenset({Role.SUPERVISOR.value, Role.LEADER.value})
LONGEST = timedelta(days=366)
REASON = range(5, 501)


@transaction.atomic
def ask_suppression(
    *,
    actor: User,
    reason: str,
    expires_on: date,
    ceiling: str,
    rule: Rule | None = None,
    subject_kind: str = "",
    subject_code: str = "",
    unit: Unit | None = None,
    owner: User | None = None,
    valid_from: date | None = None,
    address: str = "",
) -> Suppression:
    """Ask that hits of a rule, about a subject, or both, raise no alert until a day. `owner` (default: the actor) answers for it.

    Raises BadInput for a scope, reason, level or time that will not do, NotAllowed for who may not.
    """
    start, reason = valid_from or today(), reason.strip()
    if rule is None and not (subject_kind and subject_code):
        raise BadInput(_("Name a rule or a subject: a suppression of everything is none."))
    if bool(subject_kind) != bool(subject_code) or subject_kind not in ("", *SubjectKind.values):
        raise BadInput(_("A subject is named by its kind and its code."))
    if rule is not None and subject_kind and subject_kind != rule.subject_kind:
        raise BadInput(_("The rule %(code)s speaks about another kind of subject.") % {"code": rule.code})
    if len(reason) not in REASON:
        raise BadInput(_("Give the reason in 5 to 500 characters."))
    if ceiling not in Level.values:
        raise BadInput(_("Choose the gravest level that is to be suppressed."))
    if expires_on < max(start, today()) or expires_on - start > LONGEST:
        raise BadInput(_("A suppression ends on a day still to come, a year after its beginning at the latest."))
    made = Suppression(
        number=random_number("YZ", timezone.now()),
        rule=rule,
        subject_kind=subject_kind,
        subject_code=subject_code,
        unit=unit,
        ceiling=ceiling,
        reason=reason,
        owner=owner or actor,
        valid_from=start,
        expires_on=expires_on,
        asked_by=actor,
        asked_at=timezone.now(),
    )
    _must(actor, ASKING, made)
    if made.owner != actor:
        _must_not_be_concerned(made.owner, made)
    made.save()
    _record("asked", made, actor, address)
    return made


@transaction.atomic
def decide_suppression(*, number: str, actor: User, approve: bool, note: str = "", address: str = "") -> Suppression:
    """Approve, or refuse with a reason.

    Raises BadInput without one, NotAllowed for the asker, the owner, who is concerned or has no such role, Conflict if already decided.
    """
    found = _locked(number)
    if actor.pk in (found.asked_by_id, found.owner_id):
        raise NotAllowed(_("Somebody else than who asked for it, or answers for it, must decide a suppression."))
    _must(actor, DECIDING, found)
    if found.state != Suppression.State.ASKED:
        raise Conflict(_("The suppression %(number)s was decided already; nothing was written.") % {"number": number})
    if not approve and len(note.strip()) not in REASON:
        raise BadInput(_("Say in 5 to 500 characters why it is refused."))
    if approve and found.expires_on < today():
        raise Conflict(_("The suppression %(number)s has run out while it waited; ask for a new one.") % {"number": number})
    found.state = Suppression.State.APPROVED if approve else Suppression.State.REFUSED
    found.decided_by, found.decided_at, found.note = actor, timezone.now(), note.strip()[:500]
    found.save(update_fields=["state", "decided_by", "decided_at", "note"])
    _record("approved" if approve else "refused", found, actor, address)
    return found


@transaction.atomic
def end_suppression(*, number: str, actor: User, note: str = "", address: str = "") -> Suppression:
    """End one that is approved, before its time. Anybody who may ask or decide may; it only makes more be seen."""
    found = _locked(number)
    _must(actor, ASKING | DECIDING, found)
    if found.state != Suppression.State.APPROVED:
        raise Conflict(_("The suppression %(number)s is not in force; nothing was written.") % {"number": number})
    found.state, found.ended_by, found.ended_at = Suppression.State.ENDED, actor, timezone.now()
    found.note = note.strip()[:500] or found.note
    found.save(update_fields=["state", "ended_by", "ended_at", "note"])
    _record("ended", found, actor, address)
    return found


def _locked(number: str) -> Suppression:
    found = Suppression.objects.select_for_update().filter(number=number).first()
    if found is None:
        raise NotFound(_("There is no suppression %(number)s.") % {"number": number})
    return found


def _must(actor: User, roles: frozenset[str], suppression: Suppression) -> None:
    """An officer with one of the roles over the units concerned, who has nothing to do with the subject."""
    paths = [grant.unit.path for grant in active_grants(actor) if grant.role in roles]
    if not paths:
        raise NotAllowed(_("Only supervisors of the centre and leaders of the detachment handle suppressions."))
    if actor.staff is not None and actor.staff.kind != "officer":
        raise NotAllowed(_("Auxiliaries and employees do not handle suppressions; an officer must."))
    reach = suppression.unit.path if suppression.unit else ""
    if not any(reach.startswith(path) if reach else len(path) == Unit.steplen for path in paths):
        raise NotAllowed(_("The suppression reaches beyond the units of your role; limit it to them, or ask somebody of the detachment."))
    _must_not_be_concerned(actor, suppression)


def _must_not_be_concerned(person: User, suppression: Suppression) -> None:
    if person.staff_no and person.staff_no in concerned_staff(suppression):
        raise NotAllowed(_("Who is concerned themselves neither asks for, decides nor answers for a suppression."))


def _record(act: str, suppression: Suppression, actor: User, address: str) -> None:
    detail: dict[str, Any] = {
        "rule": suppression.rule.code if suppression.rule else "",
        "subject_kind": suppression.subject_kind,
        "subject_code": suppression.subject_code,
        "ceiling": suppression.ceiling,
        "expires_on": suppression.expires_on.isoformat(),
    }
    record(f"suppression.{act}", actor=actor, target=suppression.number, address=address, **detail)
