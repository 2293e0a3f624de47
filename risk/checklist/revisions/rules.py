"""Drafts of rules in the draft of the checklist: taken into it, waived, published with it, put back by a roll back."""

from dataclasses import replace
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from ledger.audit.services import record
from ledger.kit.errors import BadInput, Conflict, NotFound
from ledger.roster.models import User
from risk.checklist.models import ChecklistVersion
from risk.checklist.revisions.models import Revision, RevisionRule
from risk.checklist.revisions.queries import published_rules, rules_in_force
from risk.checklist.revisions.services import LONGEST, SHORTEST, editable, touched
from risk.rules.drafts import services as drafts
from risk.rules.drafts.models import RuleDraft
from risk.rules.drafts.queries import version_entry
from risk.rules.entries import Entry
from risk.rules.models import RuleVersion


@transaction.atomic
def take_rule(*, draft: RuleDraft, actor: User, address: str = "") -> RevisionRule:
    """Let an open draft of a rule be published with the next version of the checklist; that is begun where there is none.

    Raises Conflict for a draft that is settled, NotAllowed.
    """
    revision = editable(actor)
    if draft.state != RuleDraft.State.OPEN:
        raise Conflict(_("The draft of %(code)s is %(state)s already.") % {"code": draft.code, "state": draft.get_state_display()})
    made, new = RevisionRule.objects.get_or_create(draft=draft, defaults={"revision": revision})
    if new:
        touched(revision, actor)
        record("checklist.rule_taken", actor=actor, target=draft.code, address=address)
    return made


@transaction.atomic
def release_rule(*, code: str, actor: User, address: str = "") -> None:
    """Leave a draft of a rule out of the next version; it stays open. Raises NotFound, Conflict, NotAllowed."""
    revision = editable(actor)
    _one(revision, code).delete()
    touched(revision, actor)
    record("checklist.rule_released", actor=actor, target=code, address=address)


@transaction.atomic
def waive(*, code: str, reason: str, actor: User, address: str = "") -> RevisionRule:
    """Say why a draft of a rule goes without a backtest. It holds until the draft changes. Raises BadInput without a reason."""
    revision, reason = editable(actor), " ".join(reason.split())
    if not SHORTEST <= len(reason) <= LONGEST:
        raise BadInput(_("Say in %(least)d to %(most)d characters why it goes without a backtest.") % {"least": SHORTEST, "most": LONGEST})
    one = _one(revision, code)
    one.waiver, one.waived_digest, one.waived_by = reason, one.draft.digest, actor
    one.save()
    touched(revision, actor)
    record("checklist.backtest_waived", actor=actor, target=code, address=address, reason=reason, digest=one.waived_digest)
    return one


def _one(revision: Revision, code: str) -> RevisionRule:
    found = revision.rules.select_related("draft").filter(draft__code=code).first()
    if found is None:
        raise NotFound(_("The draft does not change the rule %(code)s.") % {"code": code})
    return found


def let_go(revision: Revision, actor: User) -> None:
    """The revision is discarded: what people drafted in it goes with it, what the catalogue proposed waits on, in no revision."""
    for one in revision.rules.select_related("draft"):
        draft = one.draft
        if draft.author_id is None:
            one.delete()
        elif draft.state == RuleDraft.State.OPEN:
            drafts.discard(draft=draft, actor=actor)


def publish(draft: RuleDraft, effect_on: date, *, author: User, publisher: User) -> RuleVersion:
    """Publish one of them with the revision, which has settled who may."""
    names = {"author": author.get_username(), "publisher": publisher.get_username()}
    return drafts.publish(draft=draft, effective_from=effect_on, **names)


def put_back(revision: Revision, older: ChecklistVersion, actor: User) -> None:
    """Into a roll back: a draft with the older content of every rule that says something else by now.

    A rule that people brought in since is switched off. Raises Conflict where a draft of such a rule is open.
    """
    then, now = rules_in_force(older), published_rules()
    for code, version in then.items():
        if code in now and now[code].digest != version.digest:
            _back(revision, code, version_entry(version), actor)
    brought = RuleVersion.objects.filter(draft__in_revision__isnull=False, number=1).values_list("rule__code", flat=True)
    for code in set(brought) - set(then):
        if now[code].mode != RuleVersion.Mode.OFF:
            reason = f"回退到清单第{older.number}版"
            _back(revision, code, replace(version_entry(now[code]), mode=RuleVersion.Mode.OFF.value, mode_reason=reason), actor)


def _back(revision: Revision, code: str, entry: Entry, actor: User) -> None:
    reason = f"回退到清单第{revision.undoes.number}版" if revision.undoes else ""
    RevisionRule.objects.create(revision=revision, draft=drafts.begin(code=code, content=entry.content, actor=actor, reason=reason))
