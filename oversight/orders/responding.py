"""整改反馈: written as a draft that the server keeps, sent as a first report or as the response that is reviewed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ledger.kit.days import SHANGHAI, today
from ledger.kit.errors import BadInput, Conflict
from ledger.roster.accounts import User
from oversight.cases.record import take_part
from oversight.orders.acting import begin, write
from oversight.orders.extending import lapse_extension
from oversight.orders.models import TEXT, Draft, Order, Response
from oversight.orders.queries import papers_of
from oversight.orders.words import FIELDS

Stage = Response.Stage
NAME = 100
# Without these a report is not sent.
WANTED: dict[str, tuple[str, ...]] = {
    Stage.FIRST: ("cause", "measures"),
    Stage.FINAL: ("cause", "measures", "result", "responsible", "done_on"),
}


@dataclass(frozen=True)
class Written:
    """What was typed into the fields of a response."""

    cause: str
    measures: str
    result: str
    responsible: str
    done_on: date | None

    @classmethod
    def of(cls, typed: Mapping[str, str]) -> "Written":
        """Raises BadInput for a text that is too long and for a date that is none."""
        texts = {name: typed.get(name, "").replace("\r\n", "\n").strip() for name in FIELDS}
        for name, text in texts.items():
            most = NAME if name == "responsible" else TEXT
            if len(text) > most:
                told = {"field": FIELDS[name], "length": len(text), "most": most}
                raise BadInput(_("%(field)s has %(length)d characters, %(most)d are possible; shorten it.") % told)
        day = texts.pop("done_on")
        return cls(**texts, done_on=_day(day) if day else None)

    def missing(self, stage: str) -> list[str]:
        """The names of the fields a report of that stage lacks."""
        return [name for name in WANTED[stage] if not getattr(self, name)]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(_("Give the day as YYYY-MM-DD.")) from None


@transaction.atomic
def save_draft(*, number: str, actor: User, typed: Mapping[str, str], version: int) -> Draft:
    """Keep what was written. `version`: that of the draft the writer began from.

    Raises Conflict when somebody else of the unit has changed it since; then nothing is written over.
    """
    written = Written.of(typed)
    order, _to = begin("draft", number, actor)
    return _kept(order, actor, written, version)


def _kept(order: Order, actor: User, written: Written, version: int) -> Draft:
    now = timezone.now()
    draft = Draft.objects.filter(order=order).select_related("saved_by").first()
    if draft is None:
        draft = Draft(order=order)
    elif draft.version != version and draft.saved_by_id != actor.pk:
        at = f"{draft.saved_at.astimezone(SHANGHAI):%H:%M}"
        raise Conflict(
            _("%(name)s changed this draft at %(time)s; what you typed stands here and was not saved. Copy it, then load the page again.")
            % {"name": str(draft.saved_by), "time": at}
        )
    for name in FIELDS:
        setattr(draft, name, getattr(written, name))
    draft.version, draft.saved_by, draft.saved_at = draft.version + 1, actor, now
    draft.save()
    return draft


@transaction.atomic
def send_report(*, number: str, actor: User, typed: Mapping[str, str], version: int, stage: str, address: str = "") -> Response:
    """Send the first report, or the response to be reviewed. `stage`: what the sender had before them.

    Raises BadInput naming what is missing, Conflict for the wrong stage, for a draft somebody else changed, where the order has moved on.
    """
    written = Written.of(typed)
    if stage not in Stage.values:
        raise BadInput(_("Say whether this is the first report or the response."))
    act = "report" if stage == Stage.FIRST else "respond"
    order, to = begin(act, number, actor)
    _check(written, stage)
    _kept(order, actor, written, version)
    take_part(order.number, actor, "answered")
    now, due = timezone.now(), order.due_at if act == "respond" else order.first_due_at
    assert due is not None, "the table lets a first report through only where one is asked for"
    place = order.responses.count() + 1
    response = Response.objects.create(
        order=order, place=place, stage=stage, due_at=due, sent_by=actor, sent_at=now, **{name: getattr(written, name) for name in FIELDS}
    )
    response.attachments.set(papers_of(order))
    told: dict[str, Any] = {"place": place, "late": now > due}
    changes: dict[str, Any] = {"late": order.late or now > due}
    if act == "report":
        write(order, "order.reported", actor, address, changes=changes | {"first_reported_at": now}, **told)
        return response
    lapse_extension(order)
    write(order, "order.answered", actor, address, to=to, changes=changes | {"answered_by": actor, "answered_at": now}, **told)
    return response


def _check(written: Written, stage: str) -> None:
    missing = written.missing(stage)
    if missing:
        raise BadInput(_("Still missing: %(fields)s.") % {"fields": pgettext("list", ", ").join(str(FIELDS[name]) for name in missing)})
    if written.done_on and written.done_on > today():
        raise BadInput(_("The date done lies in the future; send the response when it is done."))
