"""Builders of cases: they write rows directly, as tests/builders.py does, and skip the services on purpose."""

from datetime import UTC, datetime, timedelta
from typing import Any

from ledger.kit.days import today
from ledger.roster.models import Unit, User
from oversight.cases.escalations.models import Escalation
from oversight.cases.models import Case, CaseAlert, Layer, Party
from oversight.cases.policy.reading import DEFAULTS
from oversight.measures.transfers.models import Transfer
from risk.alerts.models import Alert
from risk.alerts.numbers import random_number
from tests.builders import make_alert

LAYERS = {"lead": Layer.UNIT, "superior": Layer.UNIT, "department": Layer.DEPARTMENT, "discipline": Layer.DISCIPLINE}


def make_case(handler: User, alert: Alert | None = None, *, unit: Unit | None = None, **extra: Any) -> Case:
    """A case being handled by `handler` over an assigned alert (a new one of `unit`, if none is given)."""
    if alert is None:
        assert unit is not None
        alert = make_alert(unit, status=Alert.Status.ASSIGNED)
    assert alert.unit is not None
    now = datetime.now(UTC)
    fields = {
        "number": random_number("AJ", now),
        "title": "登记退办率偏高",
        "facts": "近7日退办6笔，达到橙色阈值5笔。",
        "level": alert.level,
        "line": alert.line,
        "unit": alert.unit,
        "subject_kind": alert.subject_kind,
        "subject_code": alert.subject_code,
        "policy": DEFAULTS[extra.get("level", alert.level)].snapshot(),
        "handler": handler,
        "opened_by": handler,
        "opened_at": now,
        "updated_at": now,
    }
    case = Case.objects.create(**fields | extra)
    CaseAlert.objects.create(case=case, alert=alert)
    return case


def make_party(case: Case, unit: Unit, part: str = "lead", **extra: Any) -> Party:
    """A party that has not signed yet, with a working day to sign and a week to do its duty."""
    now = datetime.now(UTC)
    fields = {
        "place": case.parties.count() + 1,
        "layer": LAYERS[part],
        "duty": "核查并整改，按期反馈",
        "sign_due_at": now + timedelta(days=1),
        "due_at": now + timedelta(days=7),
    }
    return Party.objects.create(case=case, part=part, unit=unit, **fields | extra)


def make_escalation(case: Case, to: Unit, **extra: Any) -> Escalation:
    """The case raised by hand to the committee of a unit, to be received within a week."""
    now = datetime.now(UTC)
    number = random_number("DB", now)
    fields = {
        "number": number,
        "reason": "hand",
        "step": number,
        "from_layer": Layer.UNIT,
        "from_unit": case.unit,
        "to_layer": Layer.COMMITTEE,
        "to_unit": to,
        "grounds": "大队核查久拖不决",
        "due_at": now + timedelta(days=7),
        "raised_at": now,
    }
    return Escalation.objects.create(case=case, **fields | extra)


def make_transfer(case: Case, proposer: User, decider: User) -> Transfer:
    """What a case closed as transferred must have: something of it sent to somebody, against a receipt."""
    now = datetime.now(UTC)
    return Transfer.objects.create(
        number=random_number("YS", now),
        case=case,
        status=Transfer.Status.SENT,
        proposed_by=proposer,
        proposed_at=now,
        decided_by=decider,
        decided_at=now,
        updated_at=now,
        authority=Transfer.Authority.MARKET,
        recipient="市场监督管理局",
        about="案件线索",
        reason="检验机构涉嫌出具虚假报告",
        basis="道路交通安全法第九十四条",
        materials="检验报告复印件",
        letter_no="移字〔2026〕1号",
        sent_on=today(),
        receipt_no="市监收〔2026〕9号",
    )
