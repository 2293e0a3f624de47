"""办理记录 of a case in words, newest first, and the strip of the five levels of supervision."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from ledger.kit.masking import mask_free_text
from oversight.cases.escalations.models import Escalation
from oversight.cases.models import Case, CaseEntry, Layer, Party
from oversight.center.presenters.times import full_time, short_time

WORDS: dict[str, Promise] = {
    "case.opened": gettext_lazy("Opened the case"),
    "case.asked": gettext_lazy("Asked for the dispatch again"),
    "case.approved": gettext_lazy("Approved the dispatch"),
    "case.returned": gettext_lazy("Returned the dispatch"),
    "case.lapsed": gettext_lazy("What was asked for has changed since; it went back"),
    "case.dispatched": gettext_lazy("Dispatched to the parties"),
    "case.copied": gettext_lazy("Sent for information"),
    "case.proposed": gettext_lazy("Put up for closing"),
    "case.taken_back": gettext_lazy("Took the proposal to close back"),
    "case.sent_back": gettext_lazy("Did not agree to close"),
    "case.closed": gettext_lazy("Closed the case"),
    "case.reopened": gettext_lazy("Reopened the case"),
    "case.instructed": gettext_lazy("Instruction"),
    "case.commented": gettext_lazy("Remark"),
    "case.handed_over": gettext_lazy("Handed the case over"),
    "case.sealed": gettext_lazy("Sealed the case"),
    "case.unsealed": gettext_lazy("Took the seal off"),
    "case.led": gettext_lazy("Another body leads the case"),
    "case.lead_changed": gettext_lazy("Changed what is known of the leading body"),
    "case.lead_ended": gettext_lazy("The lead of the other body is over"),
    "dispatch.soon": pgettext_lazy("dispatch", "The term to approve it is near its end"),
    "dispatch.overdue": pgettext_lazy("dispatch", "The term to approve it is over"),
    "party.called": gettext_lazy("Called a party"),
    "party.signed": gettext_lazy("Signed for"),
    "party.done": gettext_lazy("Did its duty"),
    "party.returned": gettext_lazy("Gave the duty back"),
    "party.reminded": pgettext_lazy("party", "Reminded"),
    "party.soon": pgettext_lazy("party", "A term is near its end"),
    "party.overdue": pgettext_lazy("party", "A term is over"),
    "escalation.raised": gettext_lazy("Raised to a higher level"),
    "escalation.received": gettext_lazy("Received the escalation"),
    "escalation.instructed": gettext_lazy("Instruction on the escalation"),
    "escalation.finished": gettext_lazy("Finished the escalation"),
    "escalation.soon": pgettext_lazy("escalation", "The term is near its end"),
    "escalation.overdue": pgettext_lazy("escalation", "The term is over"),
}
LAYERS: dict[str, Promise] = {layer.value: layer.label for layer in Layer}
# What the clock and the machine do for everybody tells of nobody's supervision.
SILENT = ("party.called", "case.copied")


def register_words(words: Mapping[str, Promise]) -> None:
    """What entries of other areas are called, by their kind (like order.signed)."""
    WORDS.update(words)


def register_details(details: Mapping[str, Callable[[dict[str, Any]], str]]) -> None:
    """What stands behind the words, from the data of an entry."""
    _DETAILS.update(details)


def record_of(case: Case, entries: Sequence[CaseEntry]) -> list[dict[str, Any]]:
    """The entries as center/_timeline.html prints them, newest first. Entries of parties name their unit."""
    names = {party.about: f"{party.get_part_display()} {party.unit.name}" for party in case.parties.select_related("unit")}
    return [
        {
            "time": short_time(entry.at),
            "at_full": full_time(entry.at),
            "actor": str(entry.actor) if entry.actor else None,
            "text": told(entry, names.get(entry.about, "")),
            "layer": LAYERS.get(entry.layer, ""),
            "seal": None,
        }
        for entry in reversed(entries)
    ]


def told(entry: CaseEntry, party: str = "") -> str:
    """One entry in one line: what happened, to whom, and what was written."""
    about = party or (entry.about if entry.about != entry.case.number and "/" not in entry.about else "")
    late = _("overdue") if entry.data.get("late") else ""
    text = " ".join(part for part in (_what(entry), about, _detail(entry), late) if part)
    note = mask_free_text(str(entry.data.get("note", "")))
    return _("%(what)s: %(note)s") % {"what": text, "note": note} if note else text


def happened(entry: CaseEntry) -> str:
    """The same without what it was about, for the page of that."""
    return " ".join(part for part in (_what(entry), _detail(entry)) if part)


def _what(entry: CaseEntry) -> str:
    return str(WORDS.get(entry.kind, entry.kind))


def _detail(entry: CaseEntry) -> str:
    return _DETAILS[entry.kind](entry.data) if entry.kind in _DETAILS else ""


def layers_of(entries: Sequence[CaseEntry]) -> list[dict[str, Any]]:
    """五个层面: for each level how often it acted, and its last act {who, what, time}; None for one that has done nothing yet."""
    found = []
    for layer in Layer:
        own = [entry for entry in entries if entry.layer == layer and entry.kind not in SILENT]
        last = own[-1] if own else None
        found.append({"label": layer.label, "count": len(own), "last": _last(last) if last else None})
    return found


def _last(entry: CaseEntry) -> dict[str, str]:
    who = str(entry.actor) if entry.actor else _("System")
    return {"who": who, "what": str(WORDS.get(entry.kind, entry.kind)), "time": short_time(entry.at), "at_full": full_time(entry.at)}


def units_text(parties: Sequence[Sequence[str]]) -> str:
    """Parties as kept in entries and approvals: (part, name of the unit) each."""
    return _(", ").join(f"{Party.Part(part).label} {unit}" for part, unit in parties)


def _dispatched(data: dict[str, Any]) -> str:
    return units_text(data["parties"])


def _outcome(data: dict[str, Any]) -> str:
    value = data.get("outcome", "")
    return str(Case.Outcome(value).label) if value in Case.Outcome.values else ""


def _raised(data: dict[str, Any]) -> str:
    reason = Escalation.Reason(data["reason"]).label
    return _("to %(unit)s, %(reason)s: %(grounds)s") % {"unit": data["to_unit"], "reason": reason, "grounds": data["grounds"]}


def _handed(data: dict[str, Any]) -> str:
    return _("from %(old)s to %(name)s") % {"old": data["old"], "name": data["name"]}


def _led(data: dict[str, Any]) -> str:
    told = [data["name"], data["reference"], data["since"], _("our contact: %(name)s") % {"name": data["contact"]}, data["asked"]]
    return mask_free_text(" · ".join(filter(None, told)))


def _lead_ended(data: dict[str, Any]) -> str:
    return f"{data['name']} {data['until']}"


def _copied(data: dict[str, Any]) -> str:
    return _("to the level: %(layer)s") % {"layer": Layer(data["copied"]).label}


def _instructed(data: dict[str, Any]) -> str:
    return _("new term %(time)s") % {"time": short_time(datetime.fromisoformat(data["due"]))} if data.get("due") else ""


def _term(data: dict[str, Any]) -> str:
    return full_time(datetime.fromisoformat(data["due_at"]))[:16]


def _opened(data: dict[str, Any]) -> str:
    return _(", ").join(data.get("alerts", ()))


_DETAILS: dict[str, Callable[[dict[str, Any]], str]] = {
    "case.opened": _opened,
    "case.dispatched": _dispatched,
    "case.proposed": _outcome,
    "case.closed": _outcome,
    "case.copied": _copied,
    "case.handed_over": _handed,
    "case.led": _led,
    "case.lead_changed": _led,
    "case.lead_ended": _lead_ended,
    "dispatch.soon": _term,
    "dispatch.overdue": _term,
    "party.soon": _term,
    "party.overdue": _term,
    "escalation.soon": _term,
    "escalation.overdue": _term,
    "escalation.raised": _raised,
    "escalation.instructed": _instructed,
}


def party_status(party: Party, case: Case) -> str:
    """Where a party stands; before the dispatch nobody has been asked for anything."""
    waiting = case.status in (Case.Status.ASKED, Case.Status.RETURNED)
    return _("not dispatched yet") if waiting else str(party.get_status_display())


PARTY_MARKS = {Party.Status.WAITING.value: "pending", Party.Status.SIGNED.value: "investigating", Party.Status.DONE.value: "closed"}
CASE_MARKS = {"asked": "pending", "returned": "recurred", "handling": "investigating", "proposed": "dispatched", "closed": "closed"}
ESCALATION_MARKS = {"raised": "pending", "supervised": "investigating", "finished": "closed"}
