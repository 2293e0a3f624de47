"""An approval is of what was asked for: whatever of a measure changed meanwhile, in every kind, it lapses and the measure falls back."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import models, transaction

from ledger.kit.days import today
from ledger.roster.models import User
from oversight.cases.models import Approval
from oversight.cases.people import Person
from oversight.measures.acting import perform
from oversight.measures.catalogue import KINDS
from tests.oversight.measures.building import Town, act, day, findings, heard, in_force, proposed, replayed

pytestmark = pytest.mark.django_db
DECIDE = {"document_no": "1号", "meeting_no": "2号", "deciding_body": "支队", "decided_on": day()}
EXAMINED = {"legal_opinion": "同意，依据适当", "finding": "negligence", "finding_text": "未尽查验义务", "review_note": "同意"}
ASKED_ANEW = {"extending": "ask_extension", "revoking": "ask_revocation"}


@dataclass(frozen=True)
class Waiting:
    """A measure that waits for an approval of a kind, and the act by which this person would give it."""

    approval: str
    one: Any
    act: str
    actor: User
    typed: dict[str, str]


def waiting(town: Town, code: str) -> list[Waiting]:
    """One for each kind of approval that the measure asks for on its way."""
    one = proposed(town, code)
    if code in ("interviews", "transfers"):
        return [Waiting("decision", one, "approve", town.inspector, {})]
    examine, examiner = {
        "accountability": ("find", town.legal),
        "suspensions": ("review", town.legal),
        "circulars": ("review", town.inspector),
    }[code]
    examined = act(proposed(town, code), examine, examiner, **EXAMINED)
    if code == "accountability":
        examined = act(examined, "hear", town.proposer, hearing="heard", heard_on=day(), statement="认可事实")
    if code == "suspensions":
        examined = act(examined, "hear", town.proposer, **heard())
    found = [
        Waiting(KINDS[code].asks, one, examine, examiner, EXAMINED),
        Waiting("decision", examined, "decide", town.leader, DECIDE),
    ]
    return found if code != "suspensions" else [*found, to_be_lifted(town), to_be_extended(town), to_be_revoked(town)]


def to_be_lifted(town: Town) -> Waiting:
    one = act(in_force(town), "apply", town.proposer, applied_on=day(), report="已更换灯光仪")
    for who in town.accepters:
        one = act(one, "accept", who, **findings("yes", "yes"))
    one = act(one, "ask_lifting", town.proposer)
    return Waiting("lifting", one, "lift", town.leader, {"lifting_no": "恢1号", "probation_until": day()})


def to_be_extended(town: Town) -> Waiting:
    one = act(in_force(town, ends_on=day(9)), "ask_extension", town.proposer, until=day(12), reason="灯光仪检定证书要到下周才能取得")
    return Waiting("extending", one, "extend", town.leader, {"extension_no": "延1号", "extension_meeting": "7号"})


def to_be_revoked(town: Town) -> Waiting:
    one = act(in_force(town), "ask_revocation", town.proposer, reason="经复核事实有误")
    return Waiting("revoking", one, "revoke", town.leader, {})


def another(one: Any, column: str) -> Any:
    """A value that the column may have and has not."""
    field, value = one._meta.get_field(column), getattr(one, column)
    if field.choices:
        return next(choice for choice, _label in field.choices if choice != value)
    if isinstance(field, models.BooleanField):
        return not value
    if isinstance(field, models.JSONField):
        return [*value, 1]
    if isinstance(field, models.DateField):
        return (value or today()) + timedelta(days=1)
    return value + type(value)(1) if isinstance(value, int | Decimal) else f"{value}改"


@pytest.mark.parametrize("code", KINDS)
def test_whatever_changed_since_it_was_asked_for_the_approval_lapses(town: Town, code: str):
    """Each column changes what is bound; that a decision then does not count is tried with one of them."""
    kind = KINDS[code]
    found = waiting(town, code)
    assert {asked.approval for asked in found} == set(kind.model.bound)
    for asked in found:
        one, bound = asked.one, kind.model.bound[asked.approval]
        one.refresh_from_db()
        before, decided, rows = one.content(asked.approval), (one.decided_by, one.decided_at), type(one)._default_manager.filter(pk=one.pk)
        for column in bound:
            kept = getattr(one, column)
            setattr(one, column, another(one, column))
            assert one.content(asked.approval) != before, column
            setattr(one, column, kept)
        with transaction.atomic():
            rows.update(**{bound[-1]: another(one, bound[-1])})
            left, held = perform(kind=kind, number=one.number, act=asked.act, given=asked.typed, actor=asked.actor)
            assert (held, left.status, left.status) == (False, kind.lapsed.get(asked.approval, one.status), replayed(one.number))
            assert (left.decided_by, left.decided_at) == decided
            assert Approval.objects.filter(about=one.number, kind=asked.approval).latest("id").state == "lapsed"
            if asked.approval in kind.dropped:
                assert ASKED_ANEW[asked.approval] in kind.possible(Person.of(town.proposer), left)
            transaction.set_rollback(True)
        assert perform(kind=kind, number=one.number, act=asked.act, given=asked.typed, actor=asked.actor)[1]


@pytest.mark.parametrize("code", KINDS)
def test_every_approval_binds_whatever_the_proposal_says(code: str):
    kind = KINDS[code]
    columns = {field.name for field in kind.model._meta.fields}
    typed = set(kind.form.base_fields) & columns
    assert typed
    assert {name: typed - set(kind.model.bound[name]) for name in (kind.asks, "decision")} == {kind.asks: set(), "decision": set()}
