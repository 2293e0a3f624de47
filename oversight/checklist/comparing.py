"""Versions and drafts in one line, and how two wordings of the checklist differ, as pages print it."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext as _

from ledger.roster.models import User
from oversight.center.presenters.times import full_time
from oversight.checklist import words
from oversight.checklist.listing import DRAFT
from risk.alerts.sentences import title
from risk.checklist.contents import ITEM_FIELDS, PowerEntry, contents_of
from risk.checklist.models import ChecklistVersion
from risk.checklist.revisions.models import Revision, RevisionItem
from risk.checklist.revisions.queries import (
    Difference,
    ItemDifference,
    contents_after,
    difference,
)
from risk.checklist.services import SHIPPED_BY
from risk.rules.drafts.queries import changes_between, version_entry
from risk.rules.models import RuleVersion

OPS = {"add": pgettext_lazy("mark", "new"), "change": pgettext_lazy("mark", "changed"), "out": pgettext_lazy("mark", "out")}


def version_line(version: ChecklistVersion, in_force: ChecklistVersion | None) -> dict[str, Any]:
    """A version in one line: number, when it takes effect, who published it, and how it stands."""
    revision = getattr(version, "revision", None)
    return {
        "number": version.number,
        "url": f"{reverse('checklist:items')}?version={version.number}",
        "note": version.note,
        "effect": _effect(version),
        "published_at": full_time(version.published_at),
        "publisher": str(revision.published_by) if revision else _publisher(version.published_by),
        "author": str(revision.author) if revision else _("shipped with the system"),
        "submitter": str(revision.submitted_by) if revision else "",
        "state": _state(version, in_force),
        "digest": version.digest[:12],
        "undoes": revision.undoes.number if revision and revision.undoes else None,
    }


def _effect(version: ChecklistVersion) -> str:
    return _("from the beginning") if version.effective_from.year < 2000 else full_time(version.effective_from)[:16]


def _publisher(username: str) -> str:
    if username == SHIPPED_BY:
        return _("shipped with the system")
    found = User.objects.filter(username=username).first()
    return str(found) if found else username


def _state(version: ChecklistVersion, in_force: ChecklistVersion | None) -> str:
    if in_force is not None and version.pk == in_force.pk:
        return _("in force")
    return _("takes effect later") if version.effective_from > timezone.now() else _("superseded")


def draft_line(revision: Revision | None, shown: bool) -> dict[str, Any] | None:
    """The unfinished draft in one line; None where there is none. `shown`: the page is showing it."""
    if revision is None:
        return None
    base = contents_of(revision.base)
    told = difference(base, contents_after(revision, base))
    return {
        "number": revision.base.number + 1,
        "base": revision.base.number,
        "status": revision.get_status_display(),
        "counts": [{"label": OPS[op], "count": told.count(op)} for op in ("change", "add", "out")],
        "rules": revision.rules.filter(draft__state="open").count(),
        "shown": shown,
        "undoes": revision.undoes.number if revision.undoes else None,
        "url": reverse("checklist:draft"),
        "items_url": f"{reverse('checklist:items')}?version={DRAFT}",
    }


def reasons_of(revision: Revision | None) -> dict[str, str]:
    """Why each item changed, by number."""
    return dict(revision.changes.values_list("no", "reason")) if revision else {}


def item_rows(found: Iterable[ItemDifference], reasons: dict[str, str]) -> list[dict[str, Any]]:
    """Differences of items as rows: old value and new, field by field."""
    return [
        {
            "no": one.no,
            "url": reverse("checklist:item", args=[one.no]),
            "op": str(one.op),
            "op_label": OPS[one.op],
            "place": _place(one),
            "risk_point": (one.after or one.before).risk_point,  # type: ignore[union-attr]
            "fields": [
                {
                    "label": words.FIELDS[changed.field],
                    "old": words.value_text(changed.field, changed.old) or "–",
                    "new": words.value_text(changed.field, changed.new) or "–",
                }
                for changed in one.fields
            ],
            "whole": _whole(one),
            "reason": reasons.get(one.no, ""),
        }
        for one in found
    ]


def _place(one: ItemDifference) -> str:
    entry = one.after or one.before
    return f"{words.line_title(entry.line)} › {entry.post} › {entry.step}" if entry else ""


def _whole(one: ItemDifference) -> list[tuple[Any, str]]:
    """All that an added item says, or one that goes out said."""
    if one.op == RevisionItem.Op.CHANGE:
        return []
    entry = one.after or one.before
    told = ((name, words.value_text(name, getattr(entry, name))) for name in ITEM_FIELDS if name not in ("no", "risk_point"))
    return [(words.FIELDS[name], text) for name, text in told if text]


def power_row(power: PowerEntry) -> dict[str, Any]:
    return {"line": words.line_title(power.line), "post": power.post, "name": power.name, "basis": power.basis, "steps": power.steps}


def difference_context(told: Difference, reasons: dict[str, str], rules: list[dict[str, Any]]) -> dict[str, Any]:
    """What checklist/_difference.html prints."""
    return {
        "items": item_rows(told.items, reasons),
        "counts": [{"label": OPS[op], "count": told.count(op)} for op in ("change", "add", "out")],
        "powers_out": [power_row(power) for power in told.powers_out],
        "powers_in": [power_row(power) for power in told.powers_in],
        "rules": rules,
        "nothing": told.is_empty and not rules,
    }


def rule_difference(code: str, before: RuleVersion | None, after: RuleVersion) -> dict[str, Any]:
    """How a rule differs between two of its versions."""
    changes = changes_between(version_entry(before) if before else None, version_entry(after))
    fields = [
        {
            "label": words.rule_field(one.field),
            "old": words.rule_value(one.field, one.old, before.unit if before else after.unit),
            "new": words.rule_value(one.field, one.new, after.unit),
        }
        for one in changes
    ]
    language = get_language() or "zh-hans"
    return {
        "code": code,
        "url": words.rule_url(code),
        "title": title(after, language),
        "new": before is None,
        "fields": fields if before else [],
    }
