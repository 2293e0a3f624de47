"""Refused rows and requests to discard them, as the pages print them: masked unless somebody said what for."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ledger.intake.models import Discard, Quarantined
from ledger.intake.reading.headers import REST
from ledger.intake.reading.kinds import KINDS as FILE_KINDS
from ledger.intake.reading.masks import covered
from ledger.intake.reading.reasons import sentence
from ledger.intake.refused.differences import Difference, differences, taken_as
from ledger.intake.refused.queries import visible_discards
from ledger.kit.masking import mask_staff_no
from ledger.roster.queries import staff_names, unit_names
from oversight.center.presenters.times import full_time, lasted, short_time
from oversight.intake import quarantine_words as words
from oversight.intake.refused import Wanted, file_title
from oversight.viewer import Viewer

State = Quarantined.State


def table_row(row: Quarantined, now: datetime) -> dict[str, Any]:
    value = _cell(row, row.column, row.value)
    return {
        "number": row.pk,
        "url": reverse("intake:refused_row", args=[row.pk]),
        "age": lasted(now - row.first_seen_at),
        "since": full_time(row.first_seen_at),
        "file": row.delivery.name or row.source,
        "came": short_time(row.delivery.started_at, now),
        "line": row.row,
        "column": row.column,
        "value": value,
        "sentence": sentence(row.reason, column=row.column, value=value, detail=row.detail),
        "outcome": outcome(row),
    }


def outcome(row: Quarantined) -> str:
    """What became of the row, by whom or by which delivery."""
    state = str(words.STATES[row.state])
    if row.state == State.DISCARDED and row.discard is not None:
        people = {"asked": str(row.discard.asked_by), "decided": str(row.discard.decided_by)}
        return _("%(state)s: asked by %(asked)s, approved by %(decided)s") % {"state": state, **people}
    if row.settled_by is not None:
        return _("%(state)s by %(file)s") % {"state": state, "file": file_title(row.settled_by)}
    if row.state == State.REJECTED and row.discard is not None:
        told = {"state": row.discard.get_state_display(), "name": str(row.discard.asked_by)}
        return _("discard by %(name)s %(state)s") % told
    return state


def requests(viewer: Viewer) -> list[dict[str, Any]]:
    """The requests that wait for a decision, the oldest first."""
    still = Q(rows__state=State.REJECTED)
    found = visible_discards(viewer.user, viewer.grants).filter(state=Discard.State.ASKED).select_related("asked_by")
    counted = found.annotate(still=Count("rows", filter=still), oldest=Min("rows__first_seen_at", filter=still)).order_by("asked_at")
    return [
        {
            "number": one.pk,
            "asked_by": str(one.asked_by),
            "asked_at": full_time(one.asked_at),
            "reason": one.reason,
            "rows": one.rows_count,
            "still": one.still,
            "settled": one.rows_count - one.still,
            "oldest": lasted(timezone.now() - one.oldest) if one.oldest else "",
            "url": Wanted("asked", discard=str(one.pk)).url(),
            "decide_url": reverse("intake:decide_discard", args=[one.pk]),
            "own": one.asked_by_id == viewer.user.pk,
        }
        for one in counted
    ]


def row_context(row: Quarantined, *, revealed: bool) -> dict[str, Any]:
    """One row with all it said: masked, or in clear to a person who said what for."""
    value = row.value if revealed else _cell(row, row.column, row.value)
    return {
        "number": row.pk,
        "sentence": sentence(row.reason, column=row.column, value=value, detail=row.detail),
        "outcome": outcome(row),
        "open": row.state == State.REJECTED,
        "facts": _facts(row),
        "cells": [
            {
                "column": _("beyond the columns") if name == REST else name,
                "value": row.content[name] if revealed else _cell(row, name, row.content[name]),
                "at_fault": name == row.column,
            }
            for name in row.columns
        ],
        "changes": _changes(row, revealed=revealed),
        "revealed": revealed,
        "reveal_url": reverse("intake:reveal_row", args=[row.pk]),
        "purposes": list(words.PURPOSES.items()),
    }


def _facts(row: Quarantined) -> list[tuple[str, str]]:
    names = staff_names([row.staff_no]) if row.staff_no else {}
    settled = full_time(row.settled_at) if row.settled_at else ""
    facts = [
        (_("File"), row.delivery.name),
        (_("Received at"), full_time(row.delivery.started_at)),
        (pgettext("of a file", "Line"), str(row.row)),
        (_("Source"), row.source),
        (_("Content"), words.kind_label(row.kind)),
        (_("First refused"), full_time(row.first_seen_at)),
        (_("Unit"), unit_names().get(row.unit_code, row.unit_code) if row.unit_code else ""),
        (_("Handler"), f"{names.get(row.staff_no, '')} {mask_staff_no(row.staff_no)}".strip() if row.staff_no else ""),
        (_("Outcome"), outcome(row)),
        (_("Settled at"), settled),
    ]
    if row.discard is not None:
        facts.append((_("Reason to discard"), row.discard.reason))
        facts.append((_("Note of the decision"), row.discard.note))
    return [(label, value) for label, value in facts if value]


def _changes(row: Quarantined, *, revealed: bool) -> dict[str, Any] | None:
    """Of a corrected row, what was taken otherwise than it had been refused."""
    if row.state != State.CORRECTED:
        return None
    found = differences(row)
    return {
        "known": found is not None,
        "other_identity": taken_as(row) if taken_as(row) != row.identity else "",
        "lines": [one if revealed else _masked_difference(row, one) for one in found or ()],
    }


def _masked_difference(row: Quarantined, one: Difference) -> Difference:
    return Difference(one.column, _cell(row, one.column, one.refused), _cell(row, one.column, one.taken))


def _cell(row: Quarantined, column: str, value: str) -> str:
    return covered(FILE_KINDS[row.kind], column, value)
