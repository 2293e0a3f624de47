"""Reading revisions: the unfinished one, what it makes of the checklist, and how two contents differ."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from risk.checklist.contents import ITEM_FIELDS, Contents, PowerEntry, canonical_digest, contents_of, entry_of, power_of
from risk.checklist.models import ChecklistVersion
from risk.checklist.revisions.models import Revision, RevisionItem, RevisionRule
from risk.checklist.revisions.states import Standing
from risk.checklist.shipped import Entry
from risk.rules.drafts.models import RuleDraft
from risk.rules.models import RuleVersion

PEOPLE = ("base", "undoes", "author", "submitted_by", "returned_by", "published_by", "published_as")


def unfinished() -> Revision | None:
    """The draft of the next version, where somebody has begun one."""
    return Revision.objects.select_related(*PEOPLE).filter(unfinished=True).first()


def latest_version() -> ChecklistVersion | None:
    """The version published last, whether or not it has taken effect yet."""
    return ChecklistVersion.objects.order_by("-number").first()


def standing_of(revision: Revision) -> Standing:
    return Standing(revision.status, hands_of(revision), revision.undoes_id is not None)


def hands_of(revision: Revision) -> frozenset[int]:
    """Everybody who had a hand in it: author, submitter, who changed an item, a power or one of its rules."""
    found = {revision.author_id, revision.submitted_by_id, *revision.hands.values_list("user_id", flat=True)}
    found.update(revision.rules.values_list("draft__editors", flat=True))
    return frozenset(one for one in found if one is not None)


def rules_of(revision: Revision) -> list[RevisionRule]:
    """The drafts of rules in it; one that was discarded by itself has left it."""
    found = revision.rules.exclude(draft__state=RuleDraft.State.DISCARDED)
    return list(found.select_related("draft__base__rule", "draft__rule", "waived_by").order_by("draft__code"))


def contents_after(revision: Revision, base: Contents | None = None) -> Contents:
    """What the checklist would say once the revision is published. `base`: that of its base, where the caller has just read it."""
    if revision.undoes is not None:
        return contents_of(revision.undoes)
    base = base or contents_of(revision.base)
    changes = list(revision.changes.order_by("pk"))
    own = base.own_powers if revision.powers is None else tuple(power_of(told) for told in revision.powers)
    return Contents(tuple(_applied(base.entries, changes)), own)


def _applied(entries: Sequence[Entry], changes: Sequence[RevisionItem]) -> list[Entry]:
    """Changed items keep their place, added ones follow the last of their post, else of their line."""
    by_no = {change.no: change for change in changes}
    gone = {change.no for change in changes if change.op == RevisionItem.Op.OUT}
    changed = {no: entry_of(change.fields) for no, change in by_no.items() if change.op == RevisionItem.Op.CHANGE}
    found = [changed.get(entry.no, entry) for entry in entries if entry.no not in gone]
    for change in changes:
        if change.op == RevisionItem.Op.ADD:
            entry = entry_of(change.fields)
            found.insert(_place(found, entry), entry)
    return found


def _place(entries: Sequence[Entry], new: Entry) -> int:
    for same in (lambda one: (one.line, one.post) == (new.line, new.post), lambda one: one.line == new.line):
        places = [place for place, entry in enumerate(entries, start=1) if same(entry)]
        if places:
            return places[-1]
    return len(entries)


def content_digest(revision: Revision) -> str:
    """SHA-256 of all that would be published and why: items, powers, rules, reasons and waivers."""
    rules = {
        rule.draft.code: {
            "digest": rule.draft.digest,
            "reason": rule.draft.reason,
            "waiver": rule.waiver if rule.waived_digest == rule.draft.digest else "",
        }
        for rule in rules_of(revision)
    }
    items = list(revision.changes.order_by("no").values("no", "op", "fields", "reason"))
    told = {"base": revision.base.digest, "after": contents_after(revision).digest, "items": items, "rules": rules}
    return canonical_digest(told | {"undoes": revision.undoes.number if revision.undoes else None})


def lapsed(revision: Revision) -> bool:
    """Whether what was submitted has changed since."""
    return revision.status == Revision.Status.SUBMITTED and revision.content_digest != content_digest(revision)


def rules_in_force(version: ChecklistVersion) -> dict[str, RuleVersion]:
    """The rule versions that belong to a version of the checklist, by code, in whatever mode: as pinned, else the published ones."""
    pinned = {pin.code: pin.rule_version for pin in version.pins.select_related("rule_version__rule")}
    return pinned or published_rules()


def published_rules() -> dict[str, RuleVersion]:
    """The latest published version of every rule, by code, whatever its mode."""
    found = RuleVersion.objects.filter(state=RuleVersion.State.PUBLISHED).select_related("rule").order_by("rule__code", "number")
    return {version.rule.code: version for version in found}


@dataclass(frozen=True)
class Changed:
    """A field that differs: its name, what it said and what it says."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True)
class ItemDifference:
    """What became of one item: added (`before` None), out (`after` None), or changed in `fields`."""

    no: str
    before: Entry | None
    after: Entry | None
    fields: tuple[Changed, ...] = ()

    @property
    def op(self) -> str:
        if self.before is None:
            return RevisionItem.Op.ADD
        return RevisionItem.Op.OUT if self.after is None else RevisionItem.Op.CHANGE


@dataclass(frozen=True)
class Difference:
    """How one content differs from another, each part in the order of the list."""

    items: list[ItemDifference] = field(default_factory=list)
    powers_out: list[PowerEntry] = field(default_factory=list)
    powers_in: list[PowerEntry] = field(default_factory=list)

    def count(self, op: str) -> int:
        return sum(item.op == op for item in self.items)

    @property
    def is_empty(self) -> bool:
        return not (self.items or self.powers_in or self.powers_out)


def difference(before: Contents, after: Contents) -> Difference:
    """Every item and power that is not the same in both."""
    old, new = before.by_no(), after.by_no()
    items = [_item_difference(no, old.get(no), new.get(no)) for no in dict.fromkeys([*old, *new]) if old.get(no) != new.get(no)]
    gone = [power for power in before.powers if power not in after.powers]
    return Difference(items, gone, [power for power in after.powers if power not in before.powers])


def _item_difference(no: str, before: Entry | None, after: Entry | None) -> ItemDifference:
    if before is None or after is None:
        return ItemDifference(no, before, after)
    pairs = ((name, getattr(before, name), getattr(after, name)) for name in ITEM_FIELDS)
    return ItemDifference(no, before, after, tuple(Changed(name, old, new) for name, old, new in pairs if old != new))


def rule_changes(before: dict[str, RuleVersion], after: dict[str, RuleVersion]) -> list[tuple[RuleVersion | None, RuleVersion]]:
    """The rules of `after` that say something else than in `before`, with what they were."""
    return [(before.get(code), version) for code, version in after.items() if code not in before or before[code].digest != version.digest]
