"""通知: what concerns somebody personally. Derived from what happened; only the moment up to which it was read is kept."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import BooleanField, CharField, DateTimeField, Exists, F, Max, Model, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.intake.models import Discard
from ledger.roster.models import User
from oversight.access import opens
from oversight.center.presenters import words
from oversight.center.presenters.rows import ready_for_rows, said
from oversight.center.presenters.subjects import Names
from oversight.center.presenters.times import full_time, short_time
from oversight.duty.models import BellMark, DutyShift, Notice
from oversight.viewer import Viewer
from risk.alerts.models import AlertEvent, Suppression
from risk.sweeps.models import Sweep

# What is older has been acted on or is history; the alerts and requests themselves stay where they are.
KEPT = timedelta(days=14)
SHOWN = 50
# Alerts they were told of, and alerts handed to them.
TOLD, HANDED = "told", "handed"
NEVER = datetime(2000, 1, 1, tzinfo=UTC)
ALERTS = tuple(
    kind.value for kind in (AlertEvent.Kind.REMINDED, AlertEvent.Kind.ESCALATED, AlertEvent.Kind.WITHDRAWN, AlertEvent.Kind.ASSIGNED)
)


Words = dict[int, dict[str, Any]]
Told = dict[str, Any]


@dataclass(frozen=True)
class Source:
    """Something the bell tells beside alerts: what it is of, what of it concerns this person now (whoever may not know of it any more
    finds nothing), the column with its moment, and what a row says, by the object's id: {text, detail, url or "", perhaps level}."""

    model: type[Model]
    found: Callable[[Viewer], QuerySet[Any]]
    when: str
    words: Callable[[QuerySet[Any], Viewer], Words]

    @property
    def place(self) -> str:
        """Where it is found; several kinds are of one table."""
        return f"{self.model._meta.label_lower}.{self.when}".replace(".", "_")

    def stirred(self, after: datetime) -> RawSQL:
        """Whether anything of it happened after a moment, to whomever. In SQL, because a dozen of these are asked at once, and putting a
        dozen querysets together takes longer than the answers."""
        when = self.model._meta.get_field(self.when)
        assert isinstance(when, DateTimeField)
        table, moment = map(connection.ops.quote_name, (self.model._meta.db_table, str(when.column)))
        asked = f"EXISTS (SELECT 1 FROM {table} WHERE {moment} > %s)"
        return RawSQL(asked, [when.get_db_prep_value(after, connection)], BooleanField())


def each(words: Callable[[Any, Viewer], Told]) -> Callable[[QuerySet[Any], Viewer], Words]:
    """The words of a source whose rows can be told one by one, without asking the database for each."""
    return lambda found, viewer: {one.pk: words(one, viewer) for one in found}


@dataclass(frozen=True)
class Item:
    """Something of a `kind` (of SOURCES or ALERTS) that happened to the object `ref` at a moment."""

    kind: str
    ref: int
    at: datetime


def items(viewer: Viewer) -> list[Item]:
    """What concerns the person, newest first. Reminders of one alert are one item, the last of them."""
    rows = _all(viewer, timezone.now() - KEPT, (TOLD, HANDED, *SOURCES)).order_by("-at")[:SHOWN]
    return [Item(row["kind"], row["ref"], row["at"]) for row in rows]


def unread(viewer: Viewer) -> int:
    """How many of the items are new: in the list the bell opens, those that are marked so. Until somebody marks, all of them are."""
    since = max(_read_until(viewer), timezone.now() - KEPT)
    kinds = _stirred(viewer, since)
    # As rows: counting in the database, Django puts the whole question together a second time.
    return len(_all(viewer, since, kinds)[:SHOWN]) if kinds else 0


def _read_until(viewer: Viewer) -> datetime:
    return BellMark.objects.filter(user=viewer.user).values_list("read_until", flat=True).first() or NEVER


def _stirred(viewer: Viewer, after: datetime) -> list[str]:
    """The kinds of which anything happened, to whomever: what this person may see of it is long to ask."""
    own = {TOLD: _told(viewer, after), HANDED: _handed(viewer, after)}
    happened: dict[str, Exists | RawSQL] = {kind: Exists(rows.order_by()) for kind, rows in own.items()}
    happened |= {one.place: one.stirred(after) for one in SOURCES.values()}
    asked = User.objects.filter(pk=viewer.user.pk).values(**happened)
    there = {place for place, any_of_it in asked.get().items() if any_of_it}
    return [kind for kind in (TOLD, HANDED) if kind in there] + [kind for kind, one in SOURCES.items() if one.place in there]


def _told(viewer: Viewer, after: datetime) -> QuerySet[Notice]:
    return Notice.objects.filter(user=viewer.user, event__at__gt=after)


def _handed(viewer: Viewer, after: datetime) -> QuerySet[AlertEvent]:
    events = AlertEvent.objects.filter(kind=AlertEvent.Kind.ASSIGNED, data__to=viewer.user.pk, alert__handler=viewer.user)
    return events.filter(at__gt=after)


def _all(viewer: Viewer, after: datetime, kinds: Iterable[str]) -> QuerySet[Any]:
    """What happened of these kinds (at least one) `after` a moment."""
    parts = [_part(kind, viewer, after) for kind in kinds]
    return parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]


def _part(kind: str, viewer: Viewer, after: datetime) -> QuerySet[Any]:
    if kind == TOLD:
        told = _told(viewer, after).filter(event__alert__in=viewer.alerts).order_by()
        return told.values(kind=F("event__kind"), ref=F("event__alert_id")).annotate(at=Max("event__at"))
    if kind == HANDED:
        handed = _handed(viewer, after).filter(alert__in=viewer.alerts).order_by()
        return handed.values("kind", ref=F("alert_id")).annotate(last=Max("at")).values("kind", "ref", at=F("last"))
    return _of(kind, SOURCES[kind].found(viewer), SOURCES[kind].when, after)


def _of(kind: str, found: QuerySet[Any], when: str, after: datetime) -> QuerySet[Any]:
    named = Value(kind, output_field=CharField())
    # Narrowed first: of a whole row, columns named as the model's own fields are not taken.
    recent = found.filter(**{f"{when}__gt": after}).order_by().values("pk")
    return recent.values(kind=named, ref=F("pk"), at=F(when))


def _decided_suppressions(viewer: Viewer) -> QuerySet[Suppression]:
    return Suppression.objects.filter(asked_by=viewer.user, decided_at__isnull=False)


def _decided_discards(viewer: Viewer) -> QuerySet[Discard]:
    return Discard.objects.filter(asked_by=viewer.user, decided_at__isnull=False)


def _ended_sweeps(viewer: Viewer) -> QuerySet[Sweep]:
    return Sweep.objects.filter(ordered_by=viewer.user, state=Sweep.State.DONE)


def _handovers(viewer: Viewer) -> QuerySet[DutyShift]:
    return DutyShift.objects.filter(handed_to=viewer.user)


def bell_context(viewer: Viewer) -> dict[str, Any]:
    """What duty/_notices.html prints: rows [{text, detail, level or "", time, time_full, url or "", new}], and `until` to mark as read."""
    found = items(viewer)
    read = _read_until(viewer)
    told = {kind: _words(kind, {item.ref for item in found if item.kind == kind}, viewer) for kind in (*ALERTS, *SOURCES)}
    rows = [_row(item, told[item.kind][item.ref], read) for item in found if item.ref in told[item.kind]]
    new = sum(row["new"] for row in rows)
    return {"rows": rows, "new": new, "until": found[0].at.isoformat() if new else ""}


def _row(item: Item, told: dict[str, Any], read: datetime) -> dict[str, Any]:
    return {"level": "", **told, "time": short_time(item.at), "time_full": full_time(item.at), "new": item.at > read}


def _words(kind: str, refs: Iterable[int], viewer: Viewer) -> Words:
    """What the rows of a kind say, by the object's id."""
    wanted = list(refs)
    if not wanted:
        return {}
    if kind in ALERTS:
        return _alert_words(kind, wanted, viewer)
    source = SOURCES[kind]
    return source.words(source.found(viewer).filter(pk__in=wanted), viewer)


def _alert_words(kind: str, wanted: list[int], viewer: Viewer) -> Words:
    alerts = list(ready_for_rows(viewer.alerts.filter(pk__in=wanted)))
    names = Names.of(alerts)
    text = {
        AlertEvent.Kind.REMINDED: _("Nobody takes this alert"),
        AlertEvent.Kind.ESCALATED: _("Reported to you: nobody takes this alert"),
        AlertEvent.Kind.WITHDRAWN: _("The data no longer supports this alert"),
        AlertEvent.Kind.ASSIGNED: _("Handed over to you"),
    }[AlertEvent.Kind(kind)]
    return {
        alert.pk: {
            "text": text,
            "level": alert.level,
            "detail": f"{said(alert, names.subject(alert))} {words.status(alert)}",
            "url": reverse("center:alert", args=[alert.number]),
        }
        for alert in alerts
    }


def _suppression_words(one: Suppression, viewer: Viewer) -> dict[str, Any]:
    told = _("Your request was refused") if one.state == Suppression.State.REFUSED else _("Your request was approved")
    return {
        "text": told,
        "detail": f"{_('Request to suppress')} {one.number}",
        "url": reverse("suppressions:suppression", args=[one.number]),
    }


def _discard_words(one: Discard, viewer: Viewer) -> dict[str, Any]:
    told = _("Your request was refused") if one.state == Discard.State.REFUSED else _("Your request was approved")
    url = reverse("intake:quarantine") if opens("intake:quarantine", viewer.roles) else ""
    return {"text": told, "detail": f"{_('Discard of rows')} {one.reason}", "url": url}


def _sweep_words(one: Sweep, viewer: Viewer) -> dict[str, Any]:
    url = reverse("sweeps:sweeps") if opens("sweeps:sweeps", viewer.roles) else ""
    return {"text": _("Your sweep of history is done"), "detail": one.number, "url": url}


def _handover_words(one: DutyShift, viewer: Viewer) -> dict[str, Any]:
    return {"text": _("%(name)s handed the shift over to you") % {"name": one.user}, "detail": "", "url": reverse("center:workbench")}


# Requests of this person that were decided, what they ordered and is done, shifts handed over to them. Areas above add theirs at start
# (oversight/joining.py).
SOURCES: dict[str, Source] = {
    "suppression": Source(Suppression, _decided_suppressions, "decided_at", each(_suppression_words)),
    "discard": Source(Discard, _decided_discards, "decided_at", each(_discard_words)),
    "sweep": Source(Sweep, _ended_sweeps, "ended_at", each(_sweep_words)),
    "handover": Source(DutyShift, _handovers, "ended_at", each(_handover_words)),
}


def register(kind: str, source: Source) -> None:
    """Another area's notices join the bell. It costs a part of one query after every page: a source whose person can have none says so
    without asking the database."""
    SOURCES.setdefault(kind, source)
