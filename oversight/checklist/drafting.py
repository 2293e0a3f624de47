"""What the pages of the draft print: the form of one item, all that would change, and what stands in the way of submitting it."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ledger.kit.errors import NotFound
from oversight.center.presenters.times import full_time
from oversight.checklist import words
from oversight.checklist.comparing import difference_context, draft_line, reasons_of
from oversight.checklist.presenting import areas
from oversight.viewer import Viewer
from risk.checklist.checking import Problem
from risk.checklist.contents import Contents, contents_of
from risk.checklist.models import ChecklistItem
from risk.checklist.revisions.gate import played, stands_in_the_way, waived
from risk.checklist.revisions.models import Revision, RevisionRule
from risk.checklist.revisions.publishing import LATEST, earliest, takes_effect
from risk.checklist.revisions.queries import content_digest, contents_after, difference, latest_version, rules_of, standing_of, unfinished
from risk.checklist.revisions.services import mark_of
from risk.checklist.revisions.states import TABLE, Act, Person, edits
from risk.checklist.shipped import MAY_BE_EMPTY, Entry
from risk.rules.drafts.queries import draft_changes, judges_otherwise, open_drafts

LONG = ("manifestation", "control", "basis", "risk_point")
ORDER = ("no", "line", "post", "step", "risk_point", "level", "manifestation", "control", "owner", "supervision_level", "cadence")
ALL_FIELDS = (*ORDER, "prohibition", "basis", "rules")


def contents_now() -> tuple[Revision | None, Contents]:
    """The unfinished draft, and what the checklist says with it; as published where there is none. Raises NotFound without a checklist."""
    revision, latest = unfinished(), latest_version()
    if latest is None:
        raise NotFound(_("There is no checklist yet; run prepare."))
    return revision, contents_after(revision) if revision else contents_of(latest)


def edit_context(viewer: Viewer, no: str, typed: Mapping[str, str] | None = None, problems: list[Problem] | None = None) -> dict[str, Any]:
    """What checklist/edit.html prints. `no` empty: a new item. Raises NotFound for an item the draft no longer has."""
    revision, contents = contents_now()
    entry = contents.by_no().get(no)
    change = revision.changes.filter(no=no).first() if revision and no else None
    if no and entry is None and change is None:
        raise NotFound(_("The checklist has no item %(no)s.") % {"no": no})
    told = {problem.field: problem.reason for problem in problems or []}
    values = typed if typed is not None else _values(entry)
    fields = [_field(name, str(values.get(name, "")), told.get(name, "")) for name in ALL_FIELDS if name != "no" or not no]
    return {
        "areas": areas(viewer, "checklist:draft"),
        "no": no,
        "out": bool(no) and entry is None,
        "risk_point": entry.risk_point if entry else "",
        "fields": fields,
        "reason": values.get("reason", change.reason if change else ""),
        "seen": mark_of(entry),
        "changed": change is not None,
        "posts": sorted({one.post for one in contents.entries}),
        "steps": sorted({one.step for one in contents.entries}),
        "locked": _locked(revision),
    }


def _values(entry: Entry | None) -> dict[str, str]:
    if entry is None:
        return {}
    return {name: "; ".join(entry.rules) if name == "rules" else getattr(entry, name) for name in ALL_FIELDS}


def _field(name: str, value: str, problem: str) -> dict[str, Any]:
    model = ChecklistItem._meta.get_field(name)
    return {
        "name": name,
        "label": words.FIELDS[name],
        "value": value,
        "choices": words.choices(name),
        "long": name in LONG,
        "needed": name not in MAY_BE_EMPTY,
        "most": getattr(model, "max_length", None) or 200,
        "list": f"{name}s" if name in ("post", "step") else "",
        "problem": problem,
        "help": _("Codes of rules with a semicolon between them.") if name == "rules" else "",
    }


def _locked(revision: Revision | None) -> str:
    """Why nothing can be edited just now; empty when it can."""
    if revision is None or (revision.status == Revision.Status.EDITING and not revision.undoes_id):
        return ""
    if revision.undoes_id:
        return _("A roll back has the content of an older version and is not edited; discard it first.")
    return _("The draft is submitted; withdraw it to go on editing.")


def draft_context(viewer: Viewer, typed: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What checklist/draft.html prints."""
    revision = unfinished()
    found: dict[str, Any] = {"areas": areas(viewer, "checklist:draft"), "edits": edits(viewer.user), "typed": typed or {}, "draft": None}
    if revision is None:
        return found | {"empty": _no_draft(found["edits"]), "proposals": _proposals(found["edits"])}
    base = contents_of(revision.base)
    rules = rules_of(revision)
    told = difference(base, contents_after(revision, base))
    possible = TABLE.possible(Person.of(viewer.user), standing_of(revision))
    first = earliest(revision.base)
    lapsed = revision.status == Revision.Status.SUBMITTED and revision.content_digest != content_digest(revision)
    return found | {
        "draft": draft_line(revision, True),
        "status": revision.status,
        "people": _people(revision),
        "note": revision.note,
        "effect": f"{takes_effect(revision)}",
        "stated": f"{revision.effect_on}" if revision.effect_on else "",
        "lapsed": lapsed,
        "digest": revision.content_digest,
        "difference": difference_context(told, reasons_of(revision), [_rule(rule, Act.CHANGE in possible) for rule in rules]),
        "changes": Act.CHANGE in possible,
        "obstacles": [] if revision.undoes_id else [rule.draft.code for rule in rules if stands_in_the_way(rule)],
        "may": {act: act in possible for act in ("submit", "withdraw", "discard", "publish", "return")},
        "waits": _waits(revision, viewer, possible),
        "first": f"{first}",
        "last": f"{first + LATEST}",
        "returned": {"by": str(revision.returned_by), "at": full_time(revision.returned_at), "note": revision.return_note}
        if revision.returned_at and revision.status == Revision.Status.EDITING
        else None,
        "proposals": _proposals(Act.CHANGE in possible),
        "empty": None,
    }


def _no_draft(may_edit: bool) -> dict[str, Any]:
    text = _("Change an item, a power or a rule, and a draft begins.") if may_edit else _("Checklist admins begin one by changing an item.")
    action = (
        {"action_label": _("Go to the items"), "action_url": reverse("checklist:items")}
        if may_edit
        else {"action_label": "", "action_url": ""}
    )
    return {"title": _("There is no draft of the next version"), "text": text} | action


def _people(revision: Revision) -> list[tuple[str, str]]:
    told = [(_("Begun by"), f"{revision.author} {full_time(revision.begun_at)}")]
    hands = [str(hand.user) for hand in revision.hands.select_related("user").order_by("pk")]
    if hands:
        told.append((_("Had a hand in it"), _(", ").join(hands)))
    if revision.submitted_by and revision.submitted_at and revision.status == Revision.Status.SUBMITTED:
        told.append((_("Submitted by"), f"{revision.submitted_by} {full_time(revision.submitted_at)}"))
    return told


def _waits(revision: Revision, viewer: Viewer, possible: frozenset[str]) -> str:
    """Why this person does not publish what is submitted."""
    if revision.status != Revision.Status.SUBMITTED or Act.PUBLISH in possible:
        return ""
    if viewer.user.pk in standing_of(revision).hands:
        return _("You had a hand in this draft; another checklist admin or a leader publishes it.")
    return _("Another checklist admin or a leader of the detachment publishes it.")


def _rule(rule: RevisionRule, may_change: bool) -> dict[str, Any]:
    """A draft of a rule in the revision: what it changes, and whether it was played over history."""
    draft = rule.draft
    unit = str(draft.content.get("unit", ""))
    changes = draft_changes(draft)
    return {
        "code": draft.code,
        "url": words.rule_url(draft.code),
        "title": draft.content["title_en" if (get_language() or "").startswith("en") else "title_zh"],
        "new": draft.base is None,
        "reason": draft.reason,
        "fields": [
            {
                "label": words.rule_field(one.field),
                "old": words.rule_value(one.field, one.old, unit),
                "new": words.rule_value(one.field, one.new, unit),
            }
            for one in changes
        ]
        if draft.base
        else [],
        "gate": _gate(rule),
        "lacks": may_change and stands_in_the_way(rule),
        "releases": may_change,
    }


def _gate(rule: RevisionRule) -> str:
    if rule.revision.undoes_id:
        return _("Was in force before; no backtest is needed.")
    if not judges_otherwise(rule.draft):
        return _("Finds the same as before; no backtest is needed.")
    if played(rule.draft.digest):
        return _("Played over history.")
    if waived(rule):
        return _("Without a backtest: %(reason)s (%(who)s)") % {"reason": rule.waiver, "who": rule.waived_by}
    return _("A backtest is lacking.")


def _proposals(may: bool) -> list[dict[str, str]]:
    """Open drafts of rules that are in no revision, for those who may take them in."""
    if not may:
        return []
    found = open_drafts().filter(in_revision=None)
    return [
        {
            "code": draft.code,
            "title": draft.content["title_en" if (get_language() or "").startswith("en") else "title_zh"],
            "by": str(draft.author) if draft.author else _("the shipped catalogue"),
            "reason": draft.reason,
            "url": words.rule_url(draft.code),
        }
        for draft in found
    ]
