"""Calls of business systems: records taken as those of a file are, each answered, and the same call never taken twice."""

import json
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.db import transaction as database
from django.utils.translation import gettext as _

from ledger.audit.services import record
from ledger.intake.models import ApiToken, IdempotencyKey
from ledger.intake.outcomes import Outcome
from ledger.intake.reading.kinds import UNITS, Kind
from ledger.intake.reading.masks import mask_text, masked, masked_identity
from ledger.intake.reading.reasons import Fault, sentence
from ledger.intake.records import MOST_RECORDS, read_records
from ledger.intake.refused.quarantine import storable
from ledger.intake.services import Counts, take_each
from ledger.intake.tokens import note_use
from ledger.journal.models import Delivery
from ledger.kit import locks
from ledger.kit.errors import BadInput, Conflict

LONGEST_KEY, LONGEST_IDENTITY = 200, 64
MOST_UNITS = 1000
KEY = re.compile(rf"[!-~]{{1,{LONGEST_KEY}}}")
# The words of the answer for the states of the intake, in the order in which they are counted.
STATUS = {"accepted": "created", "revised": "revised", "duplicate": "duplicate", "rejected": "rejected", "waiting": "waiting"}
Answer = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """The body of a call, read."""

    records: list[Any]
    sha256: str
    size: int


@dataclass(frozen=True)
class Answered:
    """The answer to a call. `changed`: it brought something new, so that there is work for scoring."""

    answer: Answer
    changed: bool


def most_records(kind: Kind) -> int:
    """So many in one list. Each unit moves the tree that all are held to, so of those fewer go at once."""
    return MOST_UNITS if kind is UNITS else MOST_RECORDS


def read_call(kind: Kind, body: bytes) -> Call:
    """Raises BadInput for a body without records, TooLarge for too many or too much in them."""
    return Call(read_records(body, most_records(kind)), sha256(body).hexdigest(), len(body))


@database.atomic
def take_call(*, token: ApiToken, kind: Kind, call: Call, key: str | None = None, address: str = "") -> Answered:
    """Take the records of one call, all or nothing, and answer for each in order.

    A `key` that the token's source gave before brings the same answer again, and nothing is written, when kind and body are the same, the
    latter to the byte. Raises Conflict when they are not, BadInput for an unusable key.
    """
    if key is not None and not KEY.fullmatch(key):
        raise BadInput(_("The Idempotency-Key is not 1 to %(limit)s printable ASCII characters without blanks.") % {"limit": LONGEST_KEY})
    note_use(token)
    if key:
        locks.hold(f"idempotency:{token.source}:{key}")
        kept = IdempotencyKey.objects.filter(source=token.source, key=key).first()
        if kept is not None:
            return _again(kept, token=token, kind=kind, call=call, address=address)
    delivery = Delivery(
        source=token.source, kind=kind.code, name=key or "", sha256=call.sha256, size=call.size, encoding="json", actor=token.name
    )
    counts, outcomes = take_each(delivery=delivery, records=call.records)
    answer = _answer(kind, counts, outcomes)
    if key:
        IdempotencyKey.objects.create(source=token.source, key=key, token=token, body_sha256=call.sha256, answer=json.dumps(answer))
    told = {name: answer[name] for name in ("received", *STATUS.values())}
    record(f"api.{kind.code}", target=str(delivery.pk), address=address, token=token.name, source=token.source, kind=kind.code, **told)
    return Answered(answer, changed=bool(counts.accepted or counts.revised))


def _again(kept: IdempotencyKey, *, token: ApiToken, kind: Kind, call: Call, address: str) -> Answered:
    answer: Answer = json.loads(kept.answer)
    first = Delivery.objects.get(pk=answer["delivery_id"])
    if kept.body_sha256 != call.sha256 or first.kind != kind.code:
        raise Conflict(_("The Idempotency-Key “%(key)s” was used for another body or kind; use a new one.") % {"key": kept.key})
    record(f"api.{kind.code}_again", target=str(first.pk), address=address, token=token.name, source=token.source, kind=kind.code)
    return Answered(answer, changed=False)


def _answer(kind: Kind, counts: Counts, outcomes: list[Outcome]) -> Answer:
    return {
        "delivery_id": counts.delivery_id,
        "received": counts.received,
        **{word: getattr(counts, state) for state, word in STATUS.items()},
        "ignored": [storable(mask_text(name)) for name in counts.ignored],
        "results": [_result(kind, outcome) for outcome in outcomes],
    }


def _result(kind: Kind, outcome: Outcome) -> Answer:
    """With the identifying columns of the kind under their own names."""
    told = {
        name: storable(masked_identity(kind, name, value))[:LONGEST_IDENTITY]
        for name, value in zip(kind.identity, outcome.identity, strict=True)
    }
    return {**told, "status": STATUS[outcome.state], "reasons": [_reason(kind, outcome.fault)] if outcome.fault else []}


def _reason(kind: Kind, fault: Fault) -> Answer:
    """A fault as it is told to the sender: with the value it can look up, never one that shows a person to whoever reads its logs."""
    column = storable(mask_text(fault.column))[:60]
    value = "" if fault.reason == "not_text" else storable(masked(kind, fault.column, fault.value))[:200]
    told: Answer = {
        "column": column,
        "reason": fault.reason,
        "message": sentence(fault.reason, column=column, value=value, detail=fault.detail),
    }
    return {**told, "value": value} if value else told


__all__ = ["Answered", "Call", "most_records", "read_call", "take_call"]
