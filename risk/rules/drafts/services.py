"""Writing rule drafts, and what publishing one does. Each act is one transaction with its audit entry.

`publish` is called by the publication of a checklist revision, which settles who may; no page publishes a rule by itself.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.audit.services import record
from ledger.kit import locks
from ledger.kit.days import today
from ledger.kit.errors import BadInput, Conflict, NotAllowed, NotFound
from ledger.roster.accounts import Role, User
from ledger.roster.models import Unit
from ledger.roster.rights import active_grants
from risk.rules.drafts.models import RuleDraft
from risk.rules.drafts.queries import version_entry
from risk.rules.entries import Entry, Refused, check, entry_of
from risk.rules.models import RuleVersion
from risk.rules.writing import create_rule, create_version

FIXED = ("code", "line", "subject_kind", "frame", "merge_days")
CODE = re.compile(r"[A-Z]{2,4}-[0-9]{2,4}")
State = RuleDraft.State


class Unfit(BadInput):
    """A draft that makes no sense; `field` is the part at fault, as thresholds.red or params.bucket, "" when it is the whole."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def begin(*, code: str, actor: User | None, content: Mapping[str, Any] | None = None, reason: str = "", address: str = "") -> RuleDraft:
    """A draft of the next version of the rule `code`, saying what its latest version says, or `content`; of a new rule where there is none.

    `actor` is nobody for the catalogue and the demonstration. Raises Conflict while another draft of the code is open, NotFound for an
    unknown code without content, Unfit for content that makes no sense, NotAllowed.
    """
    must_edit(actor)
    locks.hold(f"rule-draft:{code}")
    if RuleDraft.objects.filter(code=code, state=State.OPEN).exists():
        raise Conflict(_("A draft of %(code)s is open already; go on with that one.") % {"code": code})
    base = latest_published(code)
    if base is None and content is None:
        raise NotFound(_("There is no rule %(codes)s; the codes are those of the rule list.") % {"codes": code})
    entry = version_entry(base) if content is None and base is not None else fit(content or {}, code=code, base=base)
    now = timezone.now()
    made = RuleDraft.objects.create(
        code=code,
        rule=base.rule if base else None,
        base=base,
        content=entry.content,
        digest=entry.digest,
        reason=reason.strip()[:500],
        author=actor,
        changed_by=actor,
        begun_at=now,
        changed_at=now,
    )
    if actor is not None:
        made.editors.add(actor)
    record("rule_draft.begun", actor=actor, target=code, address=address, digest=made.digest, base=base.number if base else None)
    return made


@transaction.atomic
def change(*, draft: RuleDraft, content: Mapping[str, Any], reason: str, actor: User | None, address: str = "") -> RuleDraft:
    """Let the draft say `content` for `reason`. `draft` is as its editor saw it: Conflict when it was changed or settled since.

    Raises Unfit naming the field, BadInput without a reason, NotAllowed. The same content again changes nothing but the reason.
    """
    must_edit(actor)
    held = _held(draft)
    if not reason.strip():
        raise Unfit("reason", _("Say why the rule is to change."))
    entry = fit(content, code=held.code, base=held.base)
    held.content, held.digest, held.reason = entry.content, entry.digest, reason.strip()[:500]
    held.edition, held.changed_by, held.changed_at = held.edition + 1, actor, timezone.now()
    held.save()
    if actor is not None:
        held.editors.add(actor)
    record("rule_draft.changed", actor=actor, target=held.code, address=address, digest=held.digest, edition=held.edition)
    return held


@transaction.atomic
def discard(*, draft: RuleDraft, actor: User | None, address: str = "") -> RuleDraft:
    """Drop the draft as its reader saw it; nothing in force changes. Raises Conflict, NotAllowed."""
    must_edit(actor)
    held = _held(draft)
    held.state, held.changed_at = State.DISCARDED, timezone.now()
    held.save(update_fields=["state", "changed_at"])
    record("rule_draft.discarded", actor=actor, target=held.code, address=address, digest=held.digest)
    return held


@transaction.atomic
def publish(*, draft: RuleDraft, effective_from: date, author: str, publisher: str) -> RuleVersion:
    """Make the draft the next version of its rule, judging event days from `effective_from` on: tomorrow at the earliest.

    For the publication of a revision, which has settled that `publisher` is a second person. Raises Conflict when the draft was changed
    or another version was published since, BadInput for a day that cannot be.
    """
    held = _held(draft)
    locks.hold(f"rule:{held.code}")
    latest = latest_published(held.code)
    if (latest.pk if latest else None) != held.base_id:
        raise Conflict(_("%(code)s has another version since this draft began; begin it anew.") % {"code": held.code})
    if effective_from <= today():
        raise BadInput(_("A rule takes effect tomorrow at the earliest: what was judged stays judged."))
    if latest is not None and effective_from < latest.effective_from:
        raise BadInput(
            _("%(code)s has a version from %(day)s on; a later one cannot begin before it.")
            % {"code": held.code, "day": latest.effective_from}
        )
    entry = fit(held.content, code=held.code, base=latest)
    rule = latest.rule if latest else create_rule(entry)
    version = create_version(rule, entry, effective_from=effective_from, author=author, publisher=publisher)
    held.rule, held.published_as, held.state, held.changed_at = rule, version, State.PUBLISHED, timezone.now()
    held.save(update_fields=["rule", "published_as", "state", "changed_at"])
    record("rule.published", target=held.code, number=version.number, digest=version.digest, author=author, publisher=publisher)
    return version


def fit(content: Mapping[str, Any], *, code: str, base: RuleVersion | None) -> Entry:
    """The content as an entry that may follow `base` (None: a new rule, which begins in shadow or off). Raises Unfit."""
    try:
        entry = entry_of(content)
        check(entry)
    except Refused as error:
        raise Unfit(error.field, error.told) from error
    if entry.code != code:
        raise Unfit("code", _("The content speaks of %(other)s, the draft of %(code)s.") % {"other": entry.code, "code": code})
    if base is None:
        _must_begin(entry)
        return entry
    rule = base.rule
    for name in FIXED:
        if getattr(entry, name) != getattr(rule, name):
            raise Unfit(name, _("What a rule speaks about and its merge window never change; write a new rule."))
    if entry.reach != rule.reach:
        raise Unfit(
            "detector",
            _("Whose rows decide a hit never changes for a rule (%(reach)s); write a new rule.") % {"reach": rule.get_reach_display()},
        )
    return entry


def _must_begin(entry: Entry) -> None:
    if not CODE.fullmatch(entry.code):
        raise Unfit("code", _("A code is two to four capital letters, a hyphen and two to four digits, as REG-90."))
    if entry.mode == RuleVersion.Mode.LIVE:
        raise Unfit("mode", _("A new rule begins in shadow: its hits are kept and counted, and raise no alert."))


def latest_published(code: str) -> RuleVersion | None:
    """The latest published version of a rule, in force or still to come."""
    published = RuleVersion.objects.filter(rule__code=code, state=RuleVersion.State.PUBLISHED)
    return published.select_related("rule").order_by("-number").first()


def must_edit(actor: User | None) -> None:
    """Rules hold for the whole detachment, so who edits them is a checklist admin of all of it. Raises NotAllowed."""
    if actor is None:
        return
    paths = [grant.unit.path for grant in active_grants(actor) if grant.role == Role.CHECKLIST_ADMIN]
    if not any(len(path) == Unit.steplen for path in paths):
        raise NotAllowed(_("Only checklist admins of the whole detachment change rules."))


def _held(draft: RuleDraft) -> RuleDraft:
    """The row, held until the transaction ends, when it is still open and as the caller saw it."""
    held = RuleDraft.objects.select_for_update(of=("self",)).select_related("base__rule").filter(pk=draft.pk).first()
    if held is None:
        raise NotFound(_("There is no such draft."))
    if held.state != State.OPEN:
        raise Conflict(_("The draft of %(code)s is %(state)s already.") % {"code": held.code, "state": held.get_state_display()})
    if held.edition != draft.edition:
        raise Conflict(
            _("The draft of %(code)s was changed by %(who)s since you opened it; look at it again.")
            % {"code": held.code, "who": held.changed_by or _("the system")}
        )
    return held


def propose(*, entry: Entry) -> bool:
    """A changed shipped rule as a draft without author. False when people have a draft of it open: it is proposed once that is settled."""
    waiting = RuleDraft.objects.filter(code=entry.code, state=State.OPEN).first()
    reason = _("The shipped catalogue changed this rule.")
    if waiting is None:
        begin(code=entry.code, actor=None, content=entry.content, reason=reason)
        return True
    if waiting.editors.exists():
        return False
    change(draft=waiting, content=entry.content, reason=reason, actor=None)
    return True
