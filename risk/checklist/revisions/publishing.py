"""From a draft to the next version: submitted with its content, published or returned by a second person, rolled back in one act."""

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.audit.services import record
from ledger.kit import locks
from ledger.kit.days import day_start, event_day, today
from ledger.kit.errors import BadInput, Conflict, NotAllowed, NotFound
from ledger.roster.models import User
from risk.checklist.contents import Contents, contents_of
from risk.checklist.models import ChecklistItem, ChecklistVersion, PinnedRule, Power
from risk.checklist.revisions import rules
from risk.checklist.revisions.gate import stands_in_the_way
from risk.checklist.revisions.models import Revision
from risk.checklist.revisions.queries import (
    content_digest,
    contents_after,
    difference,
    latest_version,
    published_rules,
    rules_of,
    unfinished,
)
from risk.checklist.revisions.services import LOCK, permit, touched
from risk.checklist.revisions.states import Act, edits
from risk.rules.models import RuleVersion

LONGEST_NOTE, LONGEST_RETURN = 200, 500
LATEST = timedelta(days=366)


def earliest(base: ChecklistVersion) -> date:
    """The first event day the next version may hold for: tomorrow, and never before the version it follows."""
    return max(today() + timedelta(days=1), event_day(base.effective_from))


def takes_effect(revision: Revision) -> date:
    """The first event day it would hold for if it were published now: the day that was stated, or the first that is still possible."""
    first = earliest(revision.base)
    return max(revision.effect_on, first) if revision.effect_on else first


@transaction.atomic
def submit(*, note: str, effect_on: date | None, actor: User, address: str = "") -> Revision:
    """Submit the draft as it stands. Raises BadInput without a change, a note or a possible day, or while a rule lacks its backtest."""
    revision = _held()
    permit(Act.SUBMIT, revision, actor)
    changes = rules_of(revision)
    if not changes and difference(contents_of(revision.base), contents_after(revision)).is_empty:
        raise BadInput(_("The draft changes nothing yet."))
    lacking = [] if revision.undoes_id else [rule.draft.code for rule in changes if stands_in_the_way(rule)]
    if lacking:
        raise BadInput(_("Run a backtest of %(rules)s first, or say why it goes without.") % {"rules": "、".join(lacking)})
    _submitted(revision, note, effect_on, actor)
    record("checklist.submitted", actor=actor, target=f"{revision.base.number + 1}", address=address, digest=revision.content_digest)
    return revision


def _submitted(revision: Revision, note: str, effect_on: date | None, actor: User) -> None:
    note = " ".join(note.split())
    first = earliest(revision.base)
    if not note or len(note) > LONGEST_NOTE:
        raise BadInput(_("Say in 1 to %(most)d characters what the version is about.") % {"most": LONGEST_NOTE})
    if effect_on is None or not first <= effect_on <= first + LATEST:
        raise BadInput(_("It takes effect on %(first)s at the earliest, within a year.") % {"first": first})
    revision.note, revision.effect_on = note, effect_on
    revision.status, revision.submitted_by, revision.submitted_at = Revision.Status.SUBMITTED, actor, timezone.now()
    revision.content_digest = content_digest(revision)
    revision.save()
    touched(revision, actor)


@transaction.atomic
def withdraw(*, actor: User, address: str = "") -> Revision:
    """Take a submitted draft back to go on editing it."""
    revision = _held()
    permit(Act.WITHDRAW, revision, actor)
    _back_to_editing(revision)
    revision.save()
    record("checklist.withdrawn", actor=actor, target=f"{revision.base.number + 1}", address=address)
    return revision


@transaction.atomic
def give_back(*, note: str, actor: User, address: str = "") -> Revision:
    """Return a submitted draft to its editors with a note. Raises BadInput without one."""
    revision = _held()
    permit(Act.RETURN, revision, actor)
    note = " ".join(note.split())
    if not note or len(note) > LONGEST_RETURN:
        raise BadInput(_("Say in 1 to %(most)d characters why the draft goes back.") % {"most": LONGEST_RETURN})
    _back_to_editing(revision)
    revision.returned_by, revision.returned_at, revision.return_note = actor, timezone.now(), note
    revision.save()
    record("checklist.returned", actor=actor, target=f"{revision.base.number + 1}", address=address, note=note)
    return revision


def _back_to_editing(revision: Revision) -> None:
    revision.status, revision.content_digest = Revision.Status.EDITING, ""


@transaction.atomic
def discard(*, actor: User, address: str = "") -> Revision:
    """Do away with the draft and with what people drafted of rules in it; drafts that were shipped wait on."""
    revision = _held()
    permit(Act.DISCARD, revision, actor)
    rules.let_go(revision, actor)
    revision.status, revision.unfinished, revision.ended_at = Revision.Status.DISCARDED, None, timezone.now()
    revision.save()
    record("checklist.discarded", actor=actor, target=f"{revision.base.number + 1}", address=address)
    return revision


@transaction.atomic
def publish(*, seen: str, actor: User, address: str = "") -> ChecklistVersion:
    """Make the submitted draft the next version: its items, powers and rules, and pins of every rule, all or nothing.

    `seen`: the digest of the content the person was shown. Raises NotAllowed for anybody who had a hand in it, Conflict where the
    content is no longer what was submitted or seen, or where somebody else was first.
    """
    revision = _held()
    permit(Act.PUBLISH, revision, actor)
    if not revision.content_digest == seen == content_digest(revision):
        raise Conflict(_("The content is not what was submitted; it must be withdrawn and submitted again."))
    contents, effect_on = contents_after(revision), takes_effect(revision)
    _pin(revision.base, published_rules())
    version = _version(revision, contents, effect_on, actor)
    for rule in rules_of(revision):
        rules.publish(rule.draft, effect_on, author=revision.author, publisher=actor)
    _pin(version, published_rules())
    revision.status, revision.unfinished, revision.ended_at = Revision.Status.PUBLISHED, None, timezone.now()
    revision.published_by, revision.published_as = actor, version
    revision.save()
    told = {"digest": version.digest, "effect_on": f"{effect_on}", "author": revision.author.get_username()}
    record("checklist.published", actor=actor, target=f"{version.number}", address=address, **told)
    return version


def _version(revision: Revision, contents: Contents, effect_on: date, publisher: User) -> ChecklistVersion:
    version = ChecklistVersion.objects.create(
        number=revision.base.number + 1,
        note=revision.note,
        digest=contents.digest,
        effective_from=day_start(effect_on),
        published_at=timezone.now(),
        published_by=publisher.get_username(),
    )
    told = (vars(entry) | {"rules": list(entry.rules)} for entry in contents.entries)
    ChecklistItem.objects.bulk_create(ChecklistItem(version=version, place=place, **one) for place, one in enumerate(told, start=1))
    own = (vars(power) | {"steps": list(power.steps)} for power in contents.own_powers or ())
    Power.objects.bulk_create(Power(version=version, place=place, **one) for place, one in enumerate(own, start=1))
    return version


def _pin(version: ChecklistVersion, published: dict[str, RuleVersion]) -> None:
    """Pin every rule to the version, once."""
    if not version.pins.exists():
        PinnedRule.objects.bulk_create(PinnedRule(version=version, code=code, rule_version=one) for code, one in published.items())


@transaction.atomic
def roll_back(*, to: int, note: str, effect_on: date | None, actor: User, address: str = "") -> Revision:
    """Submit the content of an older version, items, powers and rules, as the next one; a second person publishes it.

    Nothing is played over history again: what comes back was in force. Raises Conflict while another draft is unfinished.
    """
    if not edits(actor):
        raise NotAllowed(_("Checklist admins of the detachment edit the checklist; another of them or a leader publishes."))
    locks.hold(LOCK)
    if unfinished() is not None:
        raise Conflict(_("A draft of the next version is unfinished; publish or discard it first."))
    base, older = latest_version(), ChecklistVersion.objects.filter(number=to).first()
    if base is None or older is None:
        raise NotFound(_("There is no version %(number)s.") % {"number": to})
    if base.number == older.number:
        raise BadInput(_("Version %(number)s is the one that was published last.") % {"number": to})
    revision = Revision.objects.create(base=base, undoes=older, author=actor, begun_at=timezone.now())
    rules.put_back(revision, older, actor)
    if not rules_of(revision) and difference(contents_of(base), contents_of(older)).is_empty:
        raise BadInput(_("Version %(number)s says the same as the one in force.") % {"number": to})
    _submitted(revision, note, effect_on, actor)
    record("checklist.rolled_back", actor=actor, target=f"{base.number + 1}", address=address, to=to, digest=revision.content_digest)
    return revision


def _held() -> Revision:
    """The unfinished draft under the lock. Raises Conflict where somebody has ended it."""
    locks.hold(LOCK)
    revision = unfinished()
    if revision is None:
        raise Conflict(_("There is no unfinished draft by now; somebody has published or discarded it."))
    return revision
