"""Calls of business systems: records taken as those of a file are, each answered, and the same call never taken twice."""

import json
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.db import transaction as database
from django.utils.translation import gettext as _

from ledger.audit.services import record
from ledger.intake.kinds import TRANSACTIONS
from ledger.intake.masks import masked
from ledger.intake.models import ApiToken, IdempotencyKey
from ledger.intake.quarantine import storable
from ledger.intake.reasons import Fault, sentence
from ledger.intake.records import read_records
from ledger.intake.services import Counts, Outcome, take_transactions
from ledger.intake.tokens import note_use
from ledger.journal.models import Delivery
from ledger.kit import locks
from ledger.kit.errors import BadInput, Conflict
from ledger.kit.masking import mask_free_text

LONGEST_KEY = 200
KEY = re.compile(rf"[!-~]{{1,{LONGEST_KEY}}}")
STATUS = {"accepted": "created", "revised": "revised", "duplicate": "duplicate", "rejected": "rejected"}
Answer = dict[str, Any]


@dataclass(frozen=True)
class Answered:
    """The answer to a call. `changed`: it brought something new, so that there is work for scoring."""

    answer: Answer
    changed: bool


@database.atomic
def take_call(*, token: ApiToken, body: bytes, key: str | None = None, address: str = "") -> Answered:
    """Take the transactions of one call, all or nothing, and answer for each in order.

    A `key` that the token's source gave before brings the same answer again, and nothing is written, when the body is the same to the byte.
    Raises Conflict when it is not, BadInput for a body without records or an unusable key, TooLarge for too many.
    """
    if key is not None and not KEY.fullmatch(key):
        raise BadInput(_("The Idempotency-Key is not 1 to %(limit)s printable ASCII characters without blanks.") % {"limit": LONGEST_KEY})
    digest = sha256(body).hexdigest()
    note_use(token)
    if key:
        locks.hold(f"idempotency:{token.source}:{key}")
        kept = IdempotencyKey.objects.filter(source=token.source, key=key).first()
        if kept is not None:
            return _again(kept, token=token, digest=digest, address=address)
    delivery = Delivery(
        source=token.source, kind="transactions", name=key or "", sha256=digest, size=len(body), encoding="json", actor=token.name
    )
    answer = _answer(*take_transactions(delivery=delivery, records=read_records(body)))
    if key:
        IdempotencyKey.objects.create(source=token.source, key=key, token=token, body_sha256=digest, answer=json.dumps(answer))
    counts = {name: answer[name] for name in ("received", *STATUS.values())}
    record("api.transactions", target=str(delivery.pk), address=address, token=token.name, source=token.source, **counts)
    return Answered(answer, changed=bool(answer["created"] or answer["revised"]))


def _again(kept: IdempotencyKey, *, token: ApiToken, digest: str, address: str) -> Answered:
    if kept.body_sha256 != digest:
        raise Conflict(_("The Idempotency-Key “%(key)s” was used for another body; use a new one.") % {"key": kept.key})
    answer: Answer = json.loads(kept.answer)
    record("api.transactions_again", target=str(answer["delivery_id"]), address=address, token=token.name, source=token.source)
    return Answered(answer, changed=False)


def _answer(counts: Counts, outcomes: list[Outcome]) -> Answer:
    return {
        "delivery_id": counts.delivery_id,
        "received": counts.received,
        "created": counts.accepted,
        "revised": counts.revised,
        "duplicate": counts.duplicate,
        "rejected": counts.rejected,
        "ignored": [storable(name) for name in counts.ignored],
        "results": [_result(outcome) for outcome in outcomes],
    }


def _result(outcome: Outcome) -> Answer:
    return {
        "serial_no": storable(outcome.serial_no)[:64],
        "status": STATUS[outcome.state],
        "reasons": [_reason(outcome.fault)] if outcome.fault else [],
    }


def _reason(fault: Fault) -> Answer:
    """A fault as it is told to the sender: with the value it can look up, never one that shows a person to whoever reads its logs."""
    column = storable(mask_free_text(fault.column))[:60]
    value = "" if fault.reason == "not_text" else storable(masked(TRANSACTIONS, fault.column, fault.value))[:200]
    told: Answer = {
        "column": column,
        "reason": fault.reason,
        "message": sentence(fault.reason, column=column, value=value, detail=fault.detail),
    }
    return {**told, "value": value} if value else told


__all__ = ["Answered", "take_call"]
