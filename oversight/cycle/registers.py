"""What rounds brought up: findings at items of high risk, for the centre, and proposals, for who administers the checklist."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import QueryDict
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from ledger.roster.accounts import Role
from oversight.cases.people import Person
from oversight.center.presenters.times import short_time
from oversight.cycle.models import Answer, Proposal
from oversight.cycle.presenting import item_of, papers
from oversight.cycle.queries import grave_findings, visible_proposals
from oversight.cycle.words import title_of
from oversight.viewer import Viewer

PAGE = 50
# Of the page on which the next checklist is drafted; an area of its own has it.
DRAFT_PAGE = "checklist:draft"
FINDINGS: dict[str, Promise] = {"open": pgettext_lazy("finding", "to be noted upon"), "noted": pgettext_lazy("finding", "noted upon")}


def findings_context(viewer: Viewer, given: QueryDict, typed: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What cycle/findings.html prints."""
    every = grave_findings(viewer.user, viewer.grants)
    parts = {"open": Q(noted_at=None), "noted": Q(noted_at__isnull=False)}
    tab = given.get("tab", "") if given.get("tab", "") in parts else "open"
    page, told = _page(every.filter(parts[tab]).order_by("-task__submitted_at", "item__place").prefetch_related("papers"), given)
    person = Person.of(viewer.user, viewer.grants)
    return told | {
        "tabs": _tabs("findings", FINDINGS, every.aggregate(**{key: Count("pk", filter=which) for key, which in parts.items()}), tab),
        "tab": tab,
        "rows": [_finding(one, person) for one in page],
        "typed": dict(typed or {}),
    }


def _finding(one: Answer, person: Person) -> dict[str, Any]:
    task = one.task
    return item_of(one) | {
        "pk": one.pk,
        "text": one.text,
        "unit": task.unit.name,
        "title": title_of(task.round),
        "url": reverse("cycle:task", args=[task.number]),
        "papers": papers(one, task.number),
        "at": short_time(task.submitted_at) if task.submitted_at else "",
        "noted": one.noted,
        "noted_by": str(one.noted_by or ""),
        "noted_at": short_time(one.noted_at) if one.noted_at else "",
        "note_url": reverse("cycle:note", args=[one.pk]) if person.may(Role.SUPERVISOR, over=task.unit.path) else "",
    }


def proposals_context(viewer: Viewer, given: QueryDict, typed: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What cycle/proposals.html prints."""
    every = visible_proposals(viewer.user, viewer.grants)
    tab = given.get("tab", "") if given.get("tab", "") in Proposal.State.values else Proposal.State.OPEN.value
    page, told = _page(every.filter(state=tab).order_by("-pk"), given)
    labels = {state.value: state.label for state in Proposal.State}
    counts = every.aggregate(**{state: Count("pk", filter=Q(state=state)) for state in labels})
    person = Person.of(viewer.user, viewer.grants)
    return told | {
        "tabs": _tabs("proposals", labels, counts, tab),
        "tab": tab,
        "rows": [_proposal(one, person) for one in page],
        "draft_url": draft_url() if Role.CHECKLIST_ADMIN in viewer.roles else "",
        "typed": dict(typed or {}),
    }


def draft_url() -> str:
    """Where the next checklist is drafted; empty where the platform has no such page."""
    try:
        return reverse(DRAFT_PAGE)
    except NoReverseMatch:
        return ""


def _proposal(one: Proposal, person: Person) -> dict[str, Any]:
    if one.item is None:
        about = {
            "no": "",
            "where": f"{one.wanted['post']} · {one.wanted['step']}".rstrip(" ·"),
            "risk": one.wanted["risk_point"],
            "level": "",
        }
    else:
        about = {"no": one.item.no, "where": f"{one.item.post} · {one.item.step}", "risk": one.item.risk_point}
        about["level"] = str(one.item.get_level_display())
    decides = person.may(Role.CHECKLIST_ADMIN, over=one.task.unit.path) and one.proposed_by_id != person.pk
    return about | {
        "pk": one.pk,
        "change": str(one.get_change_display()),
        "reason": one.reason,
        "unit": one.task.unit.name,
        "title": title_of(one.task.round),
        "url": reverse("cycle:task", args=[one.task.number]),
        "by": str(one.proposed_by),
        "at": short_time(one.proposed_at),
        "decided_by": str(one.decided_by or ""),
        "decided_at": short_time(one.decided_at) if one.decided_at else "",
        "note": one.note,
        "decide_url": reverse("cycle:decide", args=[one.pk]) if decides and one.state == Proposal.State.OPEN else "",
    }


def _tabs(name: str, labels: Mapping[str, Any], counts: Mapping[str, int], tab: str) -> list[dict[str, Any]]:
    url = reverse(f"cycle:{name}")
    return [{"label": label, "count": counts[key], "url": f"{url}?tab={key}", "active": key == tab} for key, label in labels.items()]


def _page(found: QuerySet[Any], given: QueryDict) -> tuple[list[Any], dict[str, Any]]:
    """The rows from `from` on, and whether there are more: `next_from` is where they begin, or None."""
    first = given.get("from", "")
    start = int(first) if first.isascii() and first.isdigit() and len(first) < 7 else 0
    page = list(found[start : start + PAGE + 1])
    more = {"next_from": start + PAGE if len(page) > PAGE else None}
    return page[:PAGE], more | {"empty_text": "" if page else _("Nothing is listed here")}
