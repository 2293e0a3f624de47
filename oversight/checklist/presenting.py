"""What the pages of the checklist print: areas, the tree-table, one item through the versions, the versions, two of them compared."""

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from ledger.kit.errors import NotFound
from oversight.access import opens
from oversight.checklist import words
from oversight.checklist.comparing import OPS, difference_context, draft_line, item_rows, reasons_of, rule_difference, version_line
from oversight.checklist.listing import Listed, Wanted, rule_row, versions
from oversight.viewer import Viewer
from risk.checklist.contents import Contents, contents_of, entry_of
from risk.checklist.models import ChecklistItem, ChecklistVersion
from risk.checklist.queries import version_at
from risk.checklist.revisions.publishing import earliest
from risk.checklist.revisions.queries import (
    difference,
    latest_version,
    rule_changes,
    rules_in_force,
    unfinished,
)
from risk.checklist.revisions.states import edits

AREAS: tuple[tuple[str, Promise], ...] = (
    ("checklist:items", pgettext_lazy("checklist", "Items")),
    ("checklist:powers", gettext_lazy("Power list")),
    ("checklist:draft", gettext_lazy("Next version")),
    ("checklist:versions", gettext_lazy("Versions of the checklist")),
    ("checklist:signing", gettext_lazy("Signatures")),
    ("checklist:coverage", pgettext_lazy("checklist", "Coverage")),
)


def areas(viewer: Viewer, here: str) -> list[dict[str, Any]]:
    """The tabs that lead from one page of the checklist to the others."""
    shown = [(name, label) for name, label in AREAS if opens(name, viewer.roles)]
    return [{"url": reverse(name), "label": label, "active": name == here} for name, label in shown]


def items_context(viewer: Viewer, wanted: Wanted) -> dict[str, Any]:
    """What checklist/items.html prints."""
    if latest_version() is None:
        empty = {"title": _("There is no checklist yet; run prepare."), "text": "", "action_label": "", "action_url": ""}
        return {"areas": areas(viewer, "checklist:items"), "shown": 0, "total": 0, "empty": empty}
    listed, may = Listed(wanted, timezone.now()), edits(viewer.user)
    return {
        "areas": areas(viewer, "checklist:items"),
        "tree": listed.tree(),
        "shown": len(listed.chosen),
        "total": len(listed.entries),
        "lines": _lines(listed),
        "level": {"label": _("Risk level"), "options": _options(listed, "level", words.choices("level"))},
        "q": wanted.filters.get("q", ""),
        "kept": [(name, value) for name, value in {"version": wanted.version, **wanted.filters}.items() if value and name != "q"],
        "switches": _switches(listed),
        "clear_url": Wanted(wanted.version).url() if wanted.filters else None,
        "version": version_line(listed.version, listed.in_force) if listed.revision is None else None,
        "draft": draft_line(unfinished(), listed.revision is not None) if opens("checklist:draft", viewer.roles) else None,
        "edits": may,
        "export_url": reverse("checklist:export") + (f"?{urlencode({'version': wanted.version})}" if wanted.version else ""),
        "empty": _empty(wanted) if not listed.chosen else None,
    }


def _empty(wanted: Wanted) -> dict[str, Any]:
    return {
        "title": _("No item fits the filter"),
        "text": "",
        "action_label": _("Clear the filters"),
        "action_url": Wanted(wanted.version).url(),
    }


def _lines(listed: Listed) -> list[dict[str, Any]]:
    here = listed.wanted.filters.get("line", "")
    named = [(line, words.line_title(line)) for line in dict.fromkeys(entry.line for entry in listed.entries)]
    tabs = [("", _("All"), listed.count(line="")), *((line, label, listed.count(line=line)) for line, label in named)]
    return [{"url": listed.wanted.url(line=line), "label": label, "count": n, "active": line == here} for line, label, n in tabs]


def _options(listed: Listed, name: str, choices: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    here = listed.wanted.filters.get(name, "")
    told = [("", _("All")), *choices]
    return [{"value": value, "label": label, "url": listed.wanted.url(**{name: value}), "selected": value == here} for value, label in told]


def _switches(listed: Listed) -> list[dict[str, Any]]:
    found = [("no_rule", _("Without a rule"))]
    if listed.revision is not None:
        found.append(("changed", _("Only what changes")))
    filters = listed.wanted.filters
    return [
        {
            "label": label,
            "count": listed.count(**{name: "1"}),
            "url": listed.wanted.url(**{name: "" if name in filters else "1"}),
            "on": name in filters,
        }
        for name, label in found
    ]


def item_context(viewer: Viewer, no: str, wanted: str) -> dict[str, Any]:
    """What checklist/item.html prints. Raises NotFound for a number no version has."""
    listed = Listed(Wanted(wanted), timezone.now())
    entry = next((one for one in listed.entries if one.no == no), None)
    rows = list(
        ChecklistItem.objects.filter(no=no)
        .select_related("version__revision__author", "version__revision__published_by")
        .order_by("-version__number")
    )
    if entry is None and not rows:
        raise NotFound(_("The checklist has no item %(no)s.") % {"no": no})
    shown = entry or entry_of(rows[0])
    told = {**vars(shown), "rules": shown.rules}
    facts = [
        (label, words.value_text(name, told[name])) for name, label in words.FIELDS.items() if name not in ("no", "rules", "risk_point")
    ]
    change = listed.differences.get(no)
    return {
        "areas": areas(viewer, "checklist:items"),
        "no": no,
        "risk_point": shown.risk_point,
        "facts": [(label, text) for label, text in facts if text],
        "rules": [rule_row(code, listed.rules.get(code)) for code in listed.watching.get(no, shown.rules)],
        "version": version_line(listed.version, listed.in_force) if listed.revision is None else None,
        "draft": draft_line(listed.revision, True) if listed.revision else None,
        "change": item_rows([change], reasons_of(listed.revision))[0] if change else None,
        "out": entry is None,
        "history": _history(rows, no),
        "edit_url": reverse("checklist:edit", args=[no]) if edits(viewer.user) else "",
    }


def _history(rows: Sequence[ChecklistItem], no: str) -> list[dict[str, Any]]:
    """What became of an item, version by version, the newest first; versions that left it as it was are not named."""
    by_number = {row.version.number: row for row in rows}
    found: list[dict[str, Any]] = []
    before: ChecklistItem | None = None
    in_force = version_at(timezone.now())
    for version in reversed(list(versions())):
        row = by_number.get(version.number)
        old, new = entry_of(before) if before else None, entry_of(row) if row else None
        if old != new:
            revision = getattr(version, "revision", None)
            told = difference(Contents((old,) if old else ()), Contents((new,) if new else ())).items
            found.append({"version": version_line(version, in_force), **item_rows(told, reasons_of(revision))[0]})
        before = row
    return found[::-1]


def versions_context(viewer: Viewer) -> dict[str, Any]:
    """What checklist/versions.html prints."""
    in_force, latest = version_at(timezone.now()), latest_version()
    found = list(versions())
    open_draft = unfinished()
    return {
        "areas": areas(viewer, "checklist:versions"),
        "rows": [
            version_line(version, in_force) | {"counts": _counts(version, older)}
            for version, older in zip(found, [*found[1:], None], strict=False)
        ],
        "numbers": [version.number for version in found],
        "from_number": found[1].number if len(found) > 1 else None,
        "to_number": found[0].number if found else None,
        "rolls_back": edits(viewer.user) and open_draft is None,
        "draft": draft_line(open_draft, False) if open_draft and opens("checklist:draft", viewer.roles) else None,
        "latest": latest.number if latest else None,
        "first": f"{earliest(latest)}" if latest else "",
    }


def _counts(version: ChecklistVersion, older: ChecklistVersion | None) -> list[dict[str, Any]]:
    if older is None:
        return []
    told = difference(contents_of(older), contents_of(version))
    return [{"label": OPS[op], "count": told.count(op)} for op in ("change", "add", "out") if told.count(op)]


def diff_context(viewer: Viewer, first: str, second: str) -> dict[str, Any]:
    """What checklist/diff.html prints: how the version `second` differs from `first`. Raises NotFound."""
    found = {f"{version.number}": version for version in versions()}
    if first not in found or second not in found:
        raise NotFound(_("There is no version %(number)s.") % {"number": second if first in found else first})
    old, new = found[first], found[second]
    told = difference(contents_of(old), contents_of(new))
    rules = [rule_difference(after.rule.code, before, after) for before, after in rule_changes(rules_in_force(old), rules_in_force(new))]
    in_force = version_at(timezone.now())
    follows = new.number == old.number + 1
    return {
        "areas": areas(viewer, "checklist:versions"),
        "old": version_line(old, in_force),
        "new": version_line(new, in_force),
        "numbers": [version.number for version in found.values()],
        "difference": difference_context(told, reasons_of(getattr(new, "revision", None)) if follows else {}, rules),
    }
