"""What the pages of measures print: lists in parts, one measure with its steps, and what this person may do with it."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ledger.kit.days import day_start, today
from ledger.roster.accounts import Role
from oversight.access import opens
from oversight.cases.models import Approval, CaseEntry
from oversight.cases.people import Person
from oversight.cases.telling import happened
from oversight.center.presenters.times import Deadline, full_time, short_time
from oversight.measures.fields import ActForm
from oversight.measures.figures import Span, figure_text, of_span
from oversight.measures.joint.queries import points_of
from oversight.measures.joint.services import PUBLISHING
from oversight.measures.joint.telling import REGISTER, WEIGHTS
from oversight.measures.kinds import Kind, Tab
from oversight.measures.links import case_url
from oversight.measures.offices.queries import policy_of
from oversight.measures.queries import visible_measures
from oversight.measures.words import TOLD, facts_of, remarks_of
from oversight.viewer import Viewer

PAGE = 50
SOON_DAYS = 1


def list_context(kind: Kind, viewer: Viewer, asked: dict[str, str]) -> dict[str, Any]:
    """What measures/list.html prints. `asked`: tab (a key of the kind's tabs; where none is named the first that holds something),
    before (an id), from and to (the days of a figure)."""
    seen, span = visible_measures(kind, viewer.user, viewer.grants), Span.read(asked)
    counts = seen.aggregate(**{one.key: Count("id", filter=Q(status__in=one.statuses)) for one in kind.tabs})
    named = (one for one in kind.tabs if one.key == asked.get("tab"))
    tab = next(named, None) or next((one for one in kind.tabs if counts[one.key]), kind.tabs[0])
    found = of_span(kind, seen, span) if span else seen.filter(status__in=tab.statuses)
    total = found.count() if span else counts[tab.key]
    before = asked.get("before", "")
    page = found.filter(id__lt=int(before)) if before.isascii() and before.isdigit() and len(before) < 19 else found
    rows = list(page.select_related("case", "proposed_by", "decided_by", *kind.related).order_by("-id")[: PAGE + 1])
    here = reverse(f"measures:{kind.code}")
    query = span.query if span else f"tab={tab.key}"
    return {
        "kind": kind,
        "tabs": [
            {"label": one.label, "count": counts[one.key], "url": f"{here}?tab={one.key}", "active": span is None and one is tab}
            for one in kind.tabs
        ],
        "rows": [row_of(kind, one) for one in rows[:PAGE]],
        "total": total,
        "figure": figure_text(kind, found, span) if span else "",
        "next_url": f"{here}?{query}&before={rows[PAGE - 1].pk}" if len(rows) > PAGE else None,
        "empty": None if rows else _empty(kind, tab, span),
        "calendar_url": reverse("measures:calendar") if kind.code == "interviews" else "",
        "joint_url": reverse(REGISTER if opens(REGISTER, viewer.roles) else WEIGHTS) if kind.code == "accountability" else "",
        "offices_url": reverse("measures:offices"),
    }


def _empty(kind: Kind, tab: Tab, span: Span | None) -> dict[str, Any]:
    text = _("Measures are proposed from the page of a case.")
    name = _("Nothing in these days") if span else _("Nothing under “%(tab)s”") % {"tab": tab.label}
    return {"title": name, "text": text, "action_label": "", "action_url": None}


def row_of(kind: Kind, one: Any) -> dict[str, Any]:
    """A measure as a row. Who reviews one of a sealed case sees the measure, and of the case nothing."""
    return {
        "number": one.number,
        "url": reverse(f"measures:{kind.code}-one", args=[one.number]),
        "title": one.title,
        "status": kind.state_of(one),
        "mark": kind.marks[one.status],
        "case": _("sealed") if one.redacted else one.case.number,
        "case_title": "" if one.redacted else one.case.title,
        "case_url": "" if one.redacted else case_url(one.case.number),
        "proposed_by": str(one.proposed_by),
        "proposed_at": short_time(one.proposed_at),
        "decided_by": str(one.decided_by) if one.decided_by else "",
        "decided_at": short_time(one.decided_at) if one.decided_at else "",
        "deadline": deadline_of(one.due_on),
    }


def deadline_of(due_on: date | None) -> Deadline | None:
    """The day of the next step as a deadline; it counts until it is over."""
    if due_on is None:
        return None
    left, ends = (due_on - today()).days, day_start(due_on + timedelta(days=1))
    if left < 0:
        text = ngettext("%(number)d day overdue", "%(number)d days overdue", -left) % {"number": -left}
        return Deadline("overdue", text, f"{due_on}", ends)
    text = ngettext("%(number)d day left", "%(number)d days left", left) % {"number": left} if left else _("due today")
    return Deadline("soon" if left <= SOON_DAYS else "normal", text, f"{due_on}", ends)


def page_context(kind: Kind, one: Any, viewer: Viewer, refused: tuple[str, ActForm] | None = None) -> dict[str, Any]:
    """What measures/one.html prints. `refused`: an act and its form as it was typed, with why it will not do."""
    policy = policy_of(kind)
    return {
        "kind": kind,
        "row": row_of(kind, one),
        "list_url": f"{reverse(f'measures:{kind.code}')}?tab={_tab_of(kind, one).key}",
        "groups": groups_of(kind, one),
        "acts": acts_of(kind, one, Person.of(viewer.user, viewer.grants), refused),
        "record": record_of(kind, one),
        "policy": policy,
        "joint": _joint(one, viewer) if kind.code == "accountability" else [],
        "team": _team(one) if kind.code == "suspensions" else [],
        "extensions": _extensions(one) if kind.code == "suspensions" else [],
        "objections": _objections(one) if kind.code == "suspensions" else [],
        "revocations": _revocations(one) if kind.code == "suspensions" else [],
        "recipients": _recipients(one) if kind.code == "circulars" else [],
        "remark": _("Of an outsider this is a suggestion to others (处理建议), not a decision.") if getattr(one, "outside", False) else "",
    }


def _tab_of(kind: Kind, one: Any) -> Tab:
    return next(tab for tab in kind.tabs if one.status in tab.statuses)


def groups_of(kind: Kind, one: Any) -> list[dict[str, Any]]:
    """The measure's columns in the order in which its acts filled them, each once, under the act that did."""
    seen: set[str] = set()
    found = []
    for title, form in [(kind.propose, kind.form), *((act.label, act.form) for act in kind.acts.values())]:
        facts = [(label, text) for label, text in facts_of(form, one) if label not in seen]
        seen |= {label for label, _text in facts}
        if facts:
            found.append({"title": title, "facts": facts})
    if found:
        found[0]["title"] = _("Proposal")
    return found


def acts_of(kind: Kind, one: Any, person: Person, refused: tuple[str, ActForm] | None = None) -> list[dict[str, Any]]:
    """The acts this person may do now, each with its form; the first is the one to expect."""
    possible = kind.possible(person, one)
    if refused:
        possible |= {refused[0]}
    found = []
    for name, act in kind.acts.items():
        if name not in possible or name in ("countersign", "receive"):
            continue
        typed = refused[1] if refused and refused[0] == name else None
        form = typed or act.form(case=one.case, one=one, act=name, initial=initial_of(act.form, one))
        found.append(
            {
                "name": name,
                "label": act.label,
                "form": form,
                "open": typed is not None,
                "url": reverse(f"measures:{kind.code}-act", args=[one.number, name]),
            }
        )
    return found


def initial_of(form: type[ActForm], one: Any) -> dict[str, Any]:
    """What stands already in the columns a form fills."""
    found = {name: getattr(one, name) for name in form.base_fields if hasattr(one, name)}
    return {name: getattr(value, "username", value) for name, value in found.items() if value not in (None, "")}


def record_of(kind: Kind, one: Any) -> list[dict[str, Any]]:
    """The entries of the case's record that are about this measure or what was objected to it, newest first."""
    objected = one.objections.values_list("number", flat=True) if kind.code == "suspensions" else ()
    entries = CaseEntry.objects.filter(about__in=[one.number, *objected]).select_related("actor").order_by("-id")
    return [
        {
            "time": short_time(entry.at),
            "at_full": full_time(entry.at),
            "actor": str(entry.actor) if entry.actor else None,
            "text": f"{TOLD.get(entry.kind) or happened(entry)} {remarks_of(kind, entry)}".strip(),
            "seal": None,
        }
        for entry in entries
    ]


def _joint(one: Any, viewer: Viewer) -> Sequence[dict[str, Any]]:
    """Who answers along, and what this person may do about an exemption."""
    person, over = Person.of(viewer.user, viewer.grants), one.case.unit.path
    asked = {
        waiting.kind: waiting
        for waiting in Approval.objects.filter(about=one.number, state=Approval.State.ASKED).select_related("asked_by")
    }
    found = []
    for row in points_of(one.number):
        waiting = asked.get(f"exempt-{row.part}")
        counts = row.state == row.State.COUNTED and viewer.user.staff_no not in (row.staff_no, row.of_staff_no)
        found.append(
            {
                "row": row,
                "url": reverse("measures:joint-exempt", args=[one.number]),
                "waits": {"by": str(waiting.asked_by), "reason": waiting.content.get("reason", "")} if waiting else None,
                "asks": counts and waiting is None and person.may(Role.DISCIPLINE, over=over),
                "decides": counts and waiting is not None and waiting.asked_by_id != person.pk and person.may(*PUBLISHING, over=over),
            }
        )
    return found


def _team(one: Any) -> list[dict[str, Any]]:
    """Who found what of the conditions, newest round first."""
    found = one.acceptances.select_related("by").order_by("-round", "at")
    return [
        {"round": row.round, "by": str(row.by), "at": short_time(row.at), "passed": row.passed, "findings": row.findings} for row in found
    ]


def _extensions(one: Any) -> list[dict[str, Any]]:
    """延期: from when until when, asked for and decided by whom, the newest first."""
    found = one.extensions.select_related("asked_by", "decided_by").order_by("-id")
    return [
        {
            "ends_on": f"{row.ends_on}",
            "until": f"{row.until}",
            "reason": row.reason,
            "asked": f"{row.asked_by} {short_time(row.asked_at)}",
            "decided": f"{row.decided_by} {short_time(row.decided_at)}" if row.decided_by else "",
            "state": row.get_state_display(),
            "papers": " ".join(filter(None, (row.document_no, row.meeting_no))) or row.note,
        }
        for row in found
    ]


def _revocations(one: Any) -> list[dict[str, Any]]:
    """撤销: why, asked for and decided by whom, the newest first."""
    found = one.revocations.select_related("asked_by", "decided_by").order_by("-id")
    return [
        {
            "reason": row.reason,
            "asked": f"{row.asked_by} {short_time(row.asked_at)}",
            "decided": f"{row.decided_by} {short_time(row.decided_at)}" if row.decided_by else "",
            "state": row.get_state_display(),
            "note": row.note,
        }
        for row in found
    ]


def _objections(one: Any) -> list[dict[str, Any]]:
    """异议: who objected to what, and what was answered by whom, the newest first."""
    found = one.objections.select_related("entered_by", "answered_by").order_by("-id")
    return [
        {
            "received_on": f"{row.received_on}",
            "objector": row.objector,
            "text": row.text,
            "entered": f"{row.entered_by} {short_time(row.entered_at)}",
            "answer": row.answer,
            "answered": f"{row.answered_by} {short_time(row.answered_at)}" if row.answered_by else "",
            "outcome": row.get_outcome_display(),
            "number": row.number,
            "deadline": None if row.answered_by else deadline_of(row.answer_by),
        }
        for row in found
    ]


def _recipients(one: Any) -> list[dict[str, Any]]:
    found = one.recipients.select_related("unit", "signed_by").order_by("unit__path")
    return [
        {
            "unit": row.unit.name,
            "signed_by": str(row.signed_by) if row.signed_by else "",
            "signed_at": short_time(row.signed_at) if row.signed_at else "",
        }
        for row in found
    ]
