"""The two pages of one order: at the desk, where it is reviewed, and on the phone, where it is answered."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ledger.kit.days import SHANGHAI, today
from oversight.access import opens
from oversight.attachments.keeping import LARGEST
from oversight.cases.people import Person
from oversight.center.presenters.times import full_time, short_time
from oversight.orders import responding
from oversight.orders.attaching import MOST
from oversight.orders.models import TEXT, Draft, Objection, Order, Response
from oversight.orders.offers import offered
from oversight.orders.queries import papers_of, waiting_extension
from oversight.orders.reviewing import term_after_return
from oversight.orders.shown import shown_to
from oversight.orders.states import first_report_wanted
from oversight.orders.telling import facts, head, paper, record, reported, what_is_due
from oversight.orders.words import COMMENTED, FIELDS
from oversight.viewer import Viewer

HINTS = ("cause", "measures", "result")
URLS = (
    "sign",
    "draft",
    "review",
    "extension",
    "extension-decide",
    "objection",
    "objection-answer",
    "remind",
    "withdraw",
    "attach",
    "attach-begin",
)


def order_context(order: Order, viewer: Viewer, typed: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What orders/order.html prints."""
    now = timezone.now()
    acts = offered(order, Person.of(viewer.user, viewer.grants), now)
    responses = order.responses.select_related("sent_by", "reviewed_by").prefetch_related("attachments__order", "attachments__added_by")
    return _common(order, viewer, acts, now, typed) | {
        "case_url": reverse("cases:case", args=[order.case.number]) if opens("cases:case", viewer.roles) else "",
        "facts": facts(order),
        "responses": [reported(one) for one in responses.order_by("-place")],
        "timeline": record(order),
        "comment_fields": [(name, label, (typed or {}).get(f"comment-{name}", "")) for name, label in COMMENTED.items()],
        "new_term": (typed or {}).get("due_at") or (_local(term_after_return(order, now)) if "return" in acts else ""),
        "answers": "draft" in acts or "sign" in acts,
    }


def response_context(order: Order, viewer: Viewer, typed: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What orders/response.html prints. `typed`: what was typed and could not be written; it stands above the draft."""
    now = timezone.now()
    acts = offered(order, Person.of(viewer.user, viewer.grants), now)
    draft = Draft.objects.filter(order=order).select_related("saved_by").first()
    last = order.responses.filter(stage=Response.Stage.FINAL).select_related("reviewed_by", "sent_by").order_by("place").last()
    back = last if order.status == Order.Status.RETURNED else None
    stage = Response.Stage.FIRST if first_report_wanted(order) else Response.Stage.FINAL
    fields = _fields(order, draft, typed, back, stage, viewer)
    return _common(order, viewer, acts, now, typed) | {
        "due": what_is_due(order, now),
        "stage": stage,
        "fields": fields,
        "missing": _missing([str(field["label"]) for field in fields if field["wanted"] and not field["value"]]),
        "returned": _returned(order, back),
        "version": (typed or {}).get("version") or (draft.version if draft else 0),
        "saved_at": short_time(draft.saved_at, now) if draft else "",
        "papers": papers(order),
        "papers_comment": back.comments.get("attachments", "") if back else "",
        "sent": {"by": str(last.sent_by), "at": short_time(last.sent_at, now)} if last and order.status == Order.Status.ANSWERED else None,
        "largest": LARGEST // 1024**2,
        "largest_bytes": LARGEST,
        "most": MOST,
        "login_url": f"{reverse('accounts:login')}?next={reverse('orders:response', args=[order.number])}",
    }


def papers(order: Order) -> list[dict[str, Any]]:
    return [paper(one) for one in papers_of(order).select_related("order")]


def _common(order: Order, viewer: Viewer, acts: frozenset[str], now: datetime, typed: Mapping[str, str] | None) -> dict[str, Any]:
    extension, objection = (
        waiting_extension(order),
        Objection.objects.filter(order=order).select_related("raised_by", "answered_by").first(),
    )
    return {
        "order": head(order, now),
        "shown": shown_to(viewer, order),
        "requirement": order.requirement,
        "materials": order.materials,
        "acts": acts,
        "urls": {name.replace("-", "_"): reverse(f"orders:{name}", args=[order.number]) for name in URLS},
        "extension": _extension(extension.content, str(extension.asked_by)) if extension else None,
        "extension_from": _local(order.due_at),
        "objection": _objection(objection) if objection else None,
        "objection_until": full_time(order.objection_until)[:16] if order.objection_until else "",
        "typed": dict(typed or {}),
    }


def _extension(content: dict[str, str], by: str) -> dict[str, str]:
    return {"until": full_time(datetime.fromisoformat(content["until"]))[:16], "reason": content["reason"], "by": by}


def _objection(one: Objection) -> dict[str, Any]:
    return {
        "text": one.text,
        "by": str(one.raised_by),
        "at": short_time(one.raised_at),
        "upheld": one.upheld,
        "answer": one.answer,
        "answered_by": str(one.answered_by or ""),
    }


def _returned(order: Order, back: Response | None) -> dict[str, Any] | None:
    """The comments of the last return, in the order of the fields, each with where it jumps to."""
    if back is None:
        return None
    times = order.responses.filter(decision=Response.Decision.RETURNED).count()
    comments = [(f"#f-{name}", label, back.comments[name]) for name, label in COMMENTED.items() if back.comments.get(name)]
    told = {"times": times, "by": str(back.reviewed_by), "at": short_time(back.reviewed_at) if back.reviewed_at else "", "note": back.note}
    return told | {"comments": comments}


def _fields(
    order: Order, draft: Draft | None, typed: Mapping[str, str] | None, back: Response | None, stage: str, viewer: Viewer
) -> list[dict[str, Any]]:
    """The fields of the response: what was typed, else the draft, else what is likely (who answers, and today)."""
    likely = {"responsible": viewer.name, "done_on": f"{today()}"} if draft is None else {}
    found = []
    for name, label in FIELDS.items():
        kept = getattr(draft, name) if draft else likely.get(name, "")
        value = typed[name] if typed is not None and name in typed else str(kept or "")
        comment = back.comments.get(name, "") if back else ""
        found.append(
            {
                "name": name,
                "label": label,
                "value": value,
                "comment": comment,
                "wanted": name in responding.WANTED[stage],
                "long": name in HINTS,
                "most": responding.NAME if name == "responsible" else TEXT,
                # After a return, what nobody found fault with is folded away.
                "folded": bool(back is not None and value and not comment and name in HINTS),
            }
        )
    return found


def _missing(labels: list[str]) -> str:
    return _("Still missing: {fields}").replace("{fields}", pgettext("list", ", ").join(labels)) if labels else ""


def _local(moment: datetime) -> str:
    """As a browser's field for a local time wants it."""
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}"
