"""Editing the draft of the next version: items and powers in it. One unfinished draft at a time; the first change begins it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.audit.services import record
from ledger.kit import locks
from ledger.kit.errors import BadInput, Conflict, NotAllowed, NotFound
from ledger.roster.models import User
from risk.checklist.checking import Problem, lowered, read_item, read_power
from risk.checklist.contents import Contents, PowerEntry, canonical_digest, contents_of
from risk.checklist.revisions.models import Revision, RevisionHand, RevisionItem
from risk.checklist.revisions.queries import contents_after, latest_version, standing_of, unfinished
from risk.checklist.revisions.states import TABLE, Act, Person, edits
from risk.checklist.shipped import Entry
from risk.rules.drafts.models import RuleDraft
from risk.rules.models import Rule

LOCK = "checklist"
SHORTEST, LONGEST = 2, 500


class WrongFields(BadInput):
    """Something typed will not do; `problems` says what, field by field."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(_("Correct what is marked; nothing was written."))
        self.problems = problems


@dataclass(frozen=True)
class Given:
    """What somebody wants of one item: `entry` None takes it out. `seen`: its mark when the person saw it, empty for a new one."""

    no: str
    entry: Entry | None
    reason: str
    seen: str | None = None


def permit(act: str, revision: Revision, actor: User) -> None:
    """Raises NotAllowed or Conflict where the table of acts does not let this person do it now."""
    standing = standing_of(revision)
    move = TABLE.move(act, revision.status)
    if move is None:
        raise Conflict(_("The draft is %(status)s by now; reload the page.") % {"status": revision.get_status_display()})
    if move.who(Person.of(actor), standing):
        return
    if act in (Act.PUBLISH, Act.RETURN) and actor.pk in standing.hands:
        raise NotAllowed(_("Whoever had a hand in the draft does not publish or return it; another checklist admin or a leader does."))
    if act == Act.CHANGE and standing.rolls_back:
        raise Conflict(_("A roll back has the content of an older version and is not edited; discard it first."))
    raise NotAllowed(_("Checklist admins of the detachment edit the checklist; another of them or a leader publishes."))


def editable(actor: User) -> Revision:
    """The draft of the next version under the lock, begun where there is none. Raises NotAllowed, Conflict, NotFound."""
    if not edits(actor):
        raise NotAllowed(_("Checklist admins of the detachment edit the checklist; another of them or a leader publishes."))
    locks.hold(LOCK)
    revision = unfinished()
    if revision is not None:
        permit(Act.CHANGE, revision, actor)
        return revision
    base = latest_version()
    if base is None:
        raise NotFound(_("There is no checklist yet; run prepare."))
    revision = Revision.objects.create(base=base, author=actor, begun_at=timezone.now())
    record("checklist.revision_begun", actor=actor, target=f"{base.number + 1}")
    return revision


def touched(revision: Revision, actor: User) -> None:
    """Write down that this person had a hand in the revision."""
    RevisionHand.objects.get_or_create(revision=revision, user=actor)


def known_rules(contents: Contents) -> set[str]:
    """The codes an item may name: rules that are there, drafts of new ones, and those the checklist names already."""
    named = {code for entry in contents.entries for code in entry.rules}
    drafts = RuleDraft.objects.filter(state=RuleDraft.State.OPEN).values_list("code", flat=True)
    return {*Rule.objects.values_list("code", flat=True), *drafts, *named}


def mark_of(entry: Entry | None) -> str:
    """A short mark of an item as somebody saw it, so that a change of another person is not written over."""
    return canonical_digest(asdict(entry))[:16] if entry else ""


@transaction.atomic
def set_item(*, given: Mapping[str, str], reason: str, actor: User, no: str = "", seen: str = "", address: str = "") -> Revision:
    """Change an item, or add one (`no` empty), in the draft. `given`: the fields of Entry as typed; `seen`: the mark the form carried.

    Raises WrongFields, BadInput without a reason where one is needed, Conflict, NotAllowed, NotFound.
    """
    revision = editable(actor)
    base = contents_of(revision.base)
    now = contents_after(revision, base)
    there = now.by_no().get(no)
    if no and there is None:
        raise NotFound(_("The checklist has no item %(no)s.") % {"no": no})
    entry, problems = read_item({**given, "no": no} if no else given, known_rules=known_rules(now))
    if not no and entry.no in now.by_no():
        problems.append(Problem("no", entry.no, _("An item of the checklist has this number.")))
    if problems:
        raise WrongFields(problems)
    write_item(revision, base, Given(entry.no, entry, reason, mark_of(there) if not no else seen), there, actor, address)
    return revision


@transaction.atomic
def take_out(*, no: str, reason: str, actor: User, seen: str = "", address: str = "") -> Revision:
    """Take an item out of the checklist; the reason stays with the version. Raises as set_item does."""
    revision = editable(actor)
    base = contents_of(revision.base)
    there = contents_after(revision, base).by_no().get(no)
    if there is None:
        raise NotFound(_("The checklist has no item %(no)s.") % {"no": no})
    write_item(revision, base, Given(no, None, reason, seen), there, actor, address)
    return revision


@transaction.atomic
def restore_item(*, no: str, actor: User, address: str = "") -> Revision:
    """Take back what the draft does with an item: it stands again as in the version before. Raises NotFound where it does nothing."""
    revision = editable(actor)
    if not revision.changes.filter(no=no).delete()[0]:
        raise NotFound(_("The draft does not change the item %(no)s.") % {"no": no})
    touched(revision, actor)
    record("checklist.item_restored", actor=actor, target=no, address=address)
    return revision


@transaction.atomic
def take_sheet(*, wishes: list[Given], name: str, actor: User, address: str = "") -> Revision:
    """Every wish of an uploaded sheet into the draft, or none. Raises Conflict where an item has changed since the sheet was looked at."""
    revision = editable(actor)
    base = contents_of(revision.base)
    there = contents_after(revision, base).by_no()
    for wish in wishes:
        write_item(revision, base, wish, there.get(wish.no), actor, address)
    record("checklist.sheet_taken", actor=actor, target=name[:100], address=address, changes=len(wishes))
    return revision


def write_item(revision: Revision, base: Contents, given: Given, there: Entry | None, actor: User, address: str) -> None:
    """Write one wish into the draft, after proving reason and sight; used under the lock."""
    reason = " ".join(given.reason.split())
    before = base.by_no().get(given.no)
    if given.seen is not None and given.seen != mark_of(there):
        raise Conflict(_("Somebody has changed the item %(no)s meanwhile; it now says what is shown.") % {"no": given.no})
    check_reason(reason, needed=needs_reason(before, given.entry))
    if given.entry == before or (given.entry is None and before is None):
        revision.changes.filter(no=given.no).delete()
        action, op = "checklist.item_restored", ""
    else:
        op = RevisionItem.Op.OUT if given.entry is None else RevisionItem.Op.CHANGE if before else RevisionItem.Op.ADD
        fields = asdict(given.entry) | {"rules": list(given.entry.rules)} if given.entry else {}
        told = {"op": op, "fields": fields, "reason": reason, "changed_by": actor, "changed_at": timezone.now()}
        RevisionItem.objects.update_or_create(revision=revision, no=given.no, defaults=told)
        action = {"add": "checklist.item_added", "change": "checklist.item_changed", "out": "checklist.item_out"}[op]
    touched(revision, actor)
    record(action, actor=actor, target=given.no, address=address, reason=reason)


def needs_reason(before: Entry | None, after: Entry | None) -> bool:
    """Out, or down in level, against the version before."""
    return before is not None and (after is None or lowered(before, after))


def check_reason(reason: str, *, needed: bool) -> None:
    if needed and len(reason) < SHORTEST:
        raise BadInput(_("Say why the item goes out or down in level; the reason stays with the version."))
    if len(reason) > LONGEST:
        raise BadInput(_("A reason has at most %(most)d characters.") % {"most": LONGEST})


@transaction.atomic
def set_power(*, given: Mapping[str, str], actor: User, key: tuple[str, str, str] | None = None, address: str = "") -> Revision:
    """Change the power `key` (line, post, name) in the draft, or add one after the last of its post. Raises as set_item does."""
    revision = editable(actor)
    powers = list(contents_after(revision).powers)
    power, problems = read_power(given)
    place = _place(powers, key) if key else None
    if any(one.key == power.key for at, one in enumerate(powers) if at != place):
        problems.append(Problem("name", power.name, _("The post has a power of this name.")))
    if problems:
        raise WrongFields(problems)
    if place is not None:
        powers[place] = power
    else:
        same = [at for at, one in enumerate(powers, start=1) if (one.line, one.post) == (power.line, power.post)]
        powers.insert(same[-1] if same else len(powers), power)
    _write_powers(revision, powers, actor, address, f"{power.post} {power.name}")
    return revision


@transaction.atomic
def drop_power(*, key: tuple[str, str, str], actor: User, address: str = "") -> Revision:
    """Take a power out of the list of the draft. Raises NotFound, Conflict, NotAllowed."""
    revision = editable(actor)
    powers = list(contents_after(revision).powers)
    del powers[_place(powers, key)]
    _write_powers(revision, powers, actor, address, f"{key[1]} {key[2]}")
    return revision


def _place(powers: list[PowerEntry], key: tuple[str, str, str]) -> int:
    for place, power in enumerate(powers):
        if power.key == key:
            return place
    raise NotFound(_("There is no such power by now; reload the page."))


def _write_powers(revision: Revision, powers: list[PowerEntry], actor: User, address: str, target: str) -> None:
    """A list that says what it said before is no change; an empty one cannot be, since items rest on it."""
    if not powers:
        raise BadInput(_("The last power stays: risk points rest on powers."))
    base = contents_of(revision.base)
    same = tuple(powers) == base.powers
    revision.powers = None if same else [asdict(power) | {"steps": list(power.steps)} for power in powers]
    revision.save(update_fields=["powers"])
    touched(revision, actor)
    record("checklist.powers_changed", actor=actor, target=target[:100], address=address)
