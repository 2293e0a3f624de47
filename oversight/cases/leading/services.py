"""Writing down that another body leads a case, what changes about it, and that it is over."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from ledger.kit.days import today
from ledger.kit.errors import BadInput
from ledger.roster.models import User
from oversight.cases import conduct
from oversight.cases.acting import begin, layer_of
from oversight.cases.facts import LANGUAGE
from oversight.cases.leading.models import Lead
from oversight.cases.leading.queries import running_lead
from oversight.cases.models import Case
from oversight.cases.people import Person
from oversight.cases.record import enter
from oversight.cases.states import Act
from risk.alerts.acting import checked_note

LINE_LENGTH, TEXT_LENGTH = 100, 2_000


@dataclass(frozen=True)
class Led:
    """What is typed of a lead, as text; `since` is an ISO day."""

    body: str
    name: str
    reference: str
    contact: str
    asked: str
    since: str


@transaction.atomic
def record_lead(*, number: str, actor: User, led: Led, seal: bool = False, address: str = "") -> Case:
    """Another body leads the case from now on; or what was written down of it is put right. `seal`: and the case is sealed by it.

    Raises what `begin` raises, BadInput for what is missing or too long and for a day that lies ahead.
    """
    columns, since = _columns(led), _day(led.since)
    case, _move = begin(Act.LED_BY, number, actor)
    had = running_lead(case)
    if had is None:
        Lead.objects.create(case=case, since=since, entered_by=actor, entered_at=timezone.now(), **columns)
        _led(case, True)
    else:
        Lead.objects.filter(pk=had.pk).update(since=since, **columns)
    layer, kind = layer_of(Person.of(actor), case), "case.led" if had is None else "case.lead_changed"
    enter(case, kind, actor=actor, address=address, layer=layer, since=f"{since}", **columns)
    if seal and not case.sealed:
        # Without the name: the parties read it once the seal is off.
        with translation.override(LANGUAGE):
            note = _("Another body leads it")
        return conduct.seal(number=number, actor=actor, note=note, address=address)
    return case


@transaction.atomic
def end_lead(*, number: str, actor: User, result: str, until: str, address: str = "") -> Case:
    """The other body has finished with the case, or gave it back. Raises as `record_lead`."""
    result, last = checked_note(result, least=5), _day(until)
    case, _move = begin(Act.LED_END, number, actor)
    lead = running_lead(case)
    assert lead is not None, "the table asks whether one runs"
    if last < lead.since:
        raise BadInput(_("It leads the case since %(day)s; give a later day.") % {"day": lead.since})
    lead.until, lead.result, lead.ended_by = last, result, actor
    lead.save(update_fields=["until", "result", "ended_by"])
    _led(case, False)
    layer = layer_of(Person.of(actor), case)
    enter(case, "case.lead_ended", actor=actor, address=address, layer=layer, name=lead.name, until=f"{last}", note=result)
    return case


def _led(case: Case, led: bool) -> None:
    case.led, case.updated_at = led, timezone.now()
    case.save(update_fields=["led", "updated_at"])


def _columns(led: Led) -> dict[str, str]:
    if led.body not in Lead.Body.values:
        raise BadInput(_("Choose what kind of body leads the case."))
    found = {"body": led.body, "name": led.name, "reference": led.reference, "contact": led.contact, "asked": led.asked}
    found = {name: text.strip() for name, text in found.items()}
    for name, label in (("name", _("Leading body")), ("contact", _("Our contact")), ("asked", _("What is asked of us"))):
        if len(found[name]) < 2:
            raise BadInput(_("%(field)s: please fill it in.") % {"field": label})
    for name, text in found.items():
        most = TEXT_LENGTH if name == "asked" else LINE_LENGTH
        if len(text) > most:
            raise BadInput(_("A text has %(length)d characters, %(most)d are possible.") % {"length": len(text), "most": most})
    return found


def _day(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise BadInput(_("Give the day.")) from None
    if found > today():
        raise BadInput(_("This has not happened yet: give a time that is past."))
    return found
