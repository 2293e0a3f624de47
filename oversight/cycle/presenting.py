"""The two pages of one task: at the desk, where it is reviewed, and on the phone, where it is filled in."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from oversight.attachments.formats import SHOWN
from oversight.attachments.keeping import LARGEST
from oversight.cases.people import Person
from oversight.center.presenters.times import full_time, short_time
from oversight.cycle.clocks import deadline
from oversight.cycle.filling import ADDITIONS, OF_ADDITION, missing_of
from oversight.cycle.models import SHORT, TEXT, Answer, AnswerPaper, Period, Task, TaskEntry
from oversight.cycle.queries import answers_of
from oversight.cycle.states import TABLE
from oversight.cycle.words import DONE, FIELDS, STATUS_MARKS, title_of
from oversight.intake.labels import size_text
from oversight.viewer import Viewer

NAMED = 4


def head(task: Task, now: datetime) -> dict[str, Any]:
    """What every page of a task says of it first."""
    return {
        "number": task.number,
        "title": title_of(task.round),
        "unit": task.unit.name,
        "status": task.status,
        "status_label": str(task.get_status_display()),
        "mark": STATUS_MARKS[Task.Status(task.status)],
        "deadline": deadline(task, now),
        "due": _("to be submitted by %(time)s") % {"time": short_time(task.due_at, now)},
        "checklist": task.round.version.number,
        "url": reverse("cycle:task", args=[task.number]),
        "fill_url": reverse("cycle:fill", args=[task.number]),
    }


def task_context(task: Task, viewer: Viewer, typed: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What cycle/task.html prints. `typed`: what was typed into the review and could not be written."""
    now, given = timezone.now(), typed or {}
    answers = list(answers_of(task).prefetch_related("papers"))
    rows = [_shown(one, task, given.get(f"comment-{one.pk}", "")) for one in answers]
    rows.sort(key=lambda row: row["result"] != Answer.Result.FOUND)  # findings first, else in the order of the checklist
    return {
        "task": head(task, now),
        "acts": TABLE.possible(Person.of(viewer.user, viewer.grants), task),
        "rows": rows,
        "counts": _counts(answers),
        "additions": task.additions,
        "summary": task.summary,
        "asks_summary": task.round.period == Period.YEAR,
        "said": _said_before(task),
        "timeline": _record(task),
        "review_url": reverse("cycle:review", args=[task.number]),
        "typed": dict(given),
    }


def fill_context(task: Task, viewer: Viewer, typed: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What cycle/fill.html prints. `typed`: what was typed and could not be written; it stands above the draft."""
    now, given = timezone.now(), typed or {}
    answers = list(answers_of(task).prefetch_related("papers"))
    returned = task.status == Task.Status.RETURNED
    missing = missing_of(task, answers)
    return {
        "task": head(task, now),
        "acts": TABLE.possible(Person.of(viewer.user, viewer.grants), task),
        "items": [_asked(one, task, given, returned) for one in answers],
        "results": Answer.Result.choices,
        "wishes": Answer.Wish.choices if task.round.period == Period.QUARTER else [],
        "additions": _additions(task, given) if task.round.period == Period.QUARTER else [],
        "asks_summary": task.round.period == Period.YEAR,
        "summary": given.get("summary", task.summary),
        "returned": _said_before(task) | {"items": [(one.pk, one.item.no, one.comment) for one in answers if one.comment]}
        if returned
        else None,
        "missing": _missing(missing),
        "version": given.get("version", task.version),
        "saved_at": short_time(task.saved_at, now) if task.saved_at else "",
        "draft_url": reverse("cycle:draft", args=[task.number]),
        "login_url": f"{reverse('accounts:login')}?next={reverse('cycle:fill', args=[task.number])}",
        "largest": LARGEST // 1024**2,
        "largest_bytes": LARGEST,
        "long": TEXT,
        "short": SHORT,
    }


def papers(answer: Answer, number: str) -> list[dict[str, Any]]:
    """The photos of an answer, as orders/_papers.html and _paper_list.html print them. `answer.papers` may be prefetched."""
    return [_paper(one, number) for one in sorted(answer.papers.all(), key=lambda one: one.pk) if one.dropped_at is None]


def _paper(one: AnswerPaper, number: str) -> dict[str, Any]:
    return {
        "name": one.name,
        "icon": "photo" if one.kind in SHOWN else "file-text",
        "size": size_text(one.size),
        "url": reverse("cycle:paper", args=[number, one.pk]),
        "drop_url": reverse("cycle:paper-drop", args=[number, one.pk]),
    }


def item_of(one: Answer) -> dict[str, str]:
    """The item of an answer: what people call it, what it is about, how it is to be prevented."""
    item = one.item
    return {
        "no": item.no,
        "where": f"{item.post} · {item.step}",
        "risk": item.risk_point,
        "level": str(item.get_level_display()),
        "manifestation": item.manifestation,
        "control": item.control,
        "basis": item.basis,
    }


def _shown(one: Answer, task: Task, comment: str) -> dict[str, Any]:
    return item_of(one) | {
        "pk": one.pk,
        "result": one.result,
        "result_label": str(one.get_result_display()) if one.result else _("not answered yet"),
        "text": one.text,
        "wish": str(one.get_wish_display()) if one.wish else "",
        "wish_reason": one.wish_reason,
        "comment": one.comment,
        "typed": comment,
        "noted": one.noted,
        "noted_by": str(one.noted_by or ""),
        "papers": papers(one, task.number),
    }


def _asked(one: Answer, task: Task, given: Mapping[str, str], returned: bool) -> dict[str, Any]:
    of = [task.number, one.pk]
    return item_of(one) | {
        "pk": one.pk,
        "key": str(one.pk),
        **{name: given.get(f"{name}-{one.pk}", getattr(one, name)) for name in ("result", "text", "wish", "wish_reason")},
        "comment": one.comment if returned else "",
        "papers": papers(one, task.number),
        "attach_url": reverse("cycle:attach", args=of),
        "begin_url": reverse("cycle:attach-begin", args=of),
        "papers_url": f"{reverse('cycle:fill', args=[task.number])}?papers={one.pk}",
    }


def _additions(task: Task, given: Mapping[str, str]) -> list[dict[str, Any]]:
    """Room for so many risk points to be added: [{number, open, fields [{name, label, value, most}]}]."""
    found = []
    for number in range(ADDITIONS):
        kept = task.additions[number] if number < len(task.additions) else {}
        names = {name: given.get(f"add-{number}-{name}", kept.get(name, "")) for name in OF_ADDITION}
        fields = [
            {"name": f"add-{number}-{name}", "label": FIELDS[name], "value": names[name], "most": OF_ADDITION[name]} for name in OF_ADDITION
        ]
        found.append({"number": number + 1, "open": any(names.values()), "fields": fields})
    return found


def _counts(answers: list[Answer]) -> list[tuple[str, int]]:
    known = [(str(Answer.Result(value).label), sum(one.result == value for one in answers)) for value in Answer.Result.values]
    left = sum(not one.result for one in answers)
    return [*known, (_("not answered yet"), left)] if left else known


def _missing(names: list[str]) -> str:
    if len(names) > NAMED:
        return _("Still missing: {n} items").replace("{n}", str(len(names)))
    return _("Still missing: {fields}").replace("{fields}", _(", ").join(names)) if names else ""


def _said_before(task: Task) -> dict[str, Any]:
    """What the last review said of the whole."""
    at = short_time(task.reviewed_at) if task.reviewed_at else ""
    return {"by": str(task.reviewed_by or ""), "at": at, "note": task.note}


def _record(task: Task) -> list[dict[str, Any]]:
    """What happened to the task, newest first, as center/_timeline.html prints it."""
    return [
        {
            "time": short_time(entry.at),
            "at_full": full_time(entry.at),
            "actor": str(entry.actor) if entry.actor else None,
            "text": _told(entry),
            "seal": None,
        }
        for entry in task.entries.select_related("actor").order_by("-id")
    ]


def _told(entry: TaskEntry) -> str:
    data, done = entry.data, str(DONE[entry.kind])
    parts = [text for text in (data.get("item"), data.get("name"), data.get("note")) if text]
    parts += [f"{number} {text}" for number, text in data.get("comments", {}).items()]
    if data.get("late"):
        parts.append(_("submitted overdue"))
    return _(": ").join([done, _("; ").join(parts)]) if parts else done
