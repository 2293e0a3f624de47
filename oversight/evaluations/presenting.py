"""The page of evaluations: the newest figures in a sentence, the form, the labels that are kept, and the history with its changes."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from oversight.center.presenters.times import full_time, short_time
from oversight.evaluations import words
from risk.evaluation.models import Evaluation, LabelSet
from risk.evaluation.queries import sources, with_previous
from risk.evaluation.services import MAX_BYTES

PAGE = 20


def list_context(before: str) -> dict[str, Any]:
    """What evaluations/evaluations.html prints; `before`: only those older than this one."""
    found = Evaluation.objects.select_related("labels", "ordered_by").order_by("-id")
    if before.isascii() and before.isdigit() and len(before) < 19:
        found = found.filter(id__lt=int(before))
    page = list(found[: PAGE + 1])
    rows = [_row(one, previous) for one, previous in with_previous(page[:PAGE])]
    here = reverse("evaluations:evaluations")
    working = any(row["working"] for row in rows)
    known = sources()
    return {
        "conclusion": _conclusion(),
        "rows": rows,
        "labels": _labels(),
        "sources": known,
        "limit": MAX_BYTES >> 20,
        "live_url": f"{here}?fragment=live" if working and not before else "",
        "next_url": f"{here}?before={page[PAGE - 1].pk}" if len(page) > PAGE else None,
        "empty": not rows,
    }


def _row(one: Evaluation, previous: Evaluation | None) -> dict[str, Any]:
    now, then = one.figures or {}, (previous.figures if previous else None) or {}
    return {
        "number": one.number,
        "url": reverse("evaluations:evaluation", args=[one.number]),
        "state_label": one.get_state_display(),
        "mark": words.MARKS[Evaluation.State(one.state)],
        "working": one.state in Evaluation.UNFINISHED,
        "labels": one.labels.name,
        "digest": words.digest(one.labels.sha256),
        "by": words.person(one.ordered_by),
        "at": short_time(one.ordered_at),
        "exactly": full_time(one.ordered_at),
        "rules": len(one.rules),
        "rules_digest": words.digest(one.rules_digest),
        "figures": [
            _cell(_("Recall"), words.percent(now.get("recall")), words.points(now.get("recall"), then.get("recall"))),
            _cell(_("Precision by matter"), words.percent(now.get("precision")), words.points(now.get("precision"), then.get("precision"))),
            _cell(
                _("False per 10,000"),
                words.number(now.get("false_per_10000")),
                words.change(now.get("false_per_10000"), then.get("false_per_10000")),
            ),
        ],
    }


def _cell(label: str, value: str, changed: str) -> dict[str, str]:
    return {"label": label, "value": value, "change": changed}


def _labels() -> list[dict[str, Any]]:
    """The kept sets, newest first."""
    return [
        {
            "name": kept.name,
            "digest": words.digest(kept.sha256),
            "source": kept.source,
            "deeds": kept.deeds,
            "lookalikes": kept.lookalikes,
            "by": words.person(kept.added_by),
            "at": short_time(kept.added_at),
            "exactly": full_time(kept.added_at),
            "url": reverse("evaluations:run", args=[kept.pk]),
            "id": kept.pk,
        }
        for kept in LabelSet.objects.defer("content").select_related("added_by").order_by("-id")[:PAGE]
    ]


def _conclusion() -> str:
    """The newest figures in one sentence."""
    newest = Evaluation.objects.filter(state=Evaluation.State.DONE).order_by("-id").first()
    if newest is None or newest.figures is None:
        return _("Detection was not evaluated yet")
    told = newest.figures
    return _("Newest figures: recall %(recall)s, precision by matter %(precision)s, %(rate)s false alerts per 10,000 transactions") % {
        "recall": words.percent(told["recall"]),
        "precision": words.percent(told["precision"]),
        "rate": words.number(told["false_per_10000"]),
    }
