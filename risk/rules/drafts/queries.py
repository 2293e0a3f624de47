"""Reading rule drafts: the open ones, what each changes, and whether it changes how events are judged."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from risk.rules.drafts.models import RuleDraft
from risk.rules.entries import Entry, entry_of
from risk.rules.models import LEVELS, RuleVersion

# What decides which hits there are; the rest is wording, whom it is filed under, and whether hits become alerts.
OF_ROWS = ("subject_kind", "subject_column", "frame", "lines", "scope", "window_days", "merge_days")
JUDGING = (*OF_ROWS, "detector", "min_n", "op", "params", "thresholds")


@dataclass(frozen=True)
class Change:
    """One field of a rule as it is and as it would be; thresholds and parameters are fields of their own, as thresholds.red.

    None: it says nothing there.
    """

    field: str
    old: Any
    new: Any


def open_drafts() -> QuerySet[RuleDraft]:
    """The drafts that wait, by code."""
    return RuleDraft.objects.filter(state=RuleDraft.State.OPEN).select_related("rule", "base", "author", "changed_by").order_by("code")


def open_draft(code: str) -> RuleDraft | None:
    """The draft of a rule that waits, if any."""
    return open_drafts().filter(code=code).first()


def version_entry(version: RuleVersion) -> Entry:
    """A version as an entry, which the checks, the digest and drafts speak of."""
    rule = version.rule
    of_rule = {name: getattr(rule, name) for name in ("code", "line", "subject_kind", "frame", "merge_days")}
    names = Entry.__dataclass_fields__.keys() - of_rule.keys()
    return entry_of(of_rule | {name: getattr(version, name) for name in names})


def changes_between(old: Entry | None, new: Entry) -> list[Change]:
    """What differs, in the order of the fields, the gravest threshold first; of no rule before, everything that is said."""
    before, after = _flat(old) if old else {}, _flat(new)
    names = [*after, *(name for name in before if name not in after)]
    return [Change(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)]


def draft_changes(draft: RuleDraft) -> list[Change]:
    """What the draft changes of the version it began from."""
    return changes_between(version_entry(draft.base) if draft.base else None, entry_of(draft.content))


def judges_otherwise(draft: RuleDraft) -> bool:
    """Whether it would raise other alerts, so that it is played over history before it is submitted: also when only its mode changes."""
    if draft.base is None:
        return True
    old, new = version_entry(draft.base), entry_of(draft.content)
    if any(getattr(old, name) != getattr(new, name) for name in JUDGING):
        return True
    return old.mode != new.mode and new.mode != RuleVersion.Mode.OFF


def editors_of(draft: RuleDraft) -> set[int]:
    """The accounts that wrote in it; none of them publishes it."""
    return set(draft.editors.values_list("pk", flat=True))


def _flat(entry: Entry) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in entry.content.items():
        if name == "thresholds":
            flat |= {f"{name}.{level}": value[level] for level in reversed(LEVELS) if level in value}
        elif name in ("params", "scope"):
            flat |= {f"{name}.{part}": inner for part, inner in sorted(value.items())}
        else:
            flat[name] = value
    return flat
