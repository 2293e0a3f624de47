"""Hand-written builders: the smallest rows a test needs, each in one call. They write rows directly and skip the services on purpose."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

from django.contrib.auth.hashers import make_password

from ledger.intake.models import Quarantined
from ledger.journal.models import Delivery, Step, Transaction
from ledger.kit.days import event_day, ordinal, today
from ledger.roster.models import Agency, Post, Posting, RoleGrant, Staff, Unit, User
from risk.alerts.models import Alert, AlertEvent, AlertEvidence, Hit, Matter, Recused
from risk.alerts.numbers import random_number
from risk.rules.models import LEVELS, Rule, RuleVersion

PASSWORD = "mirror-and-lamp"
_serial = count(1)


def _next() -> int:
    return next(_serial)


@cache
def _hashed() -> str:
    """One honest hash for all: making it is what costs time."""
    return make_password(PASSWORD)


def make_unit(name: str = "", *, code: str = "", kind: str = "brigade", parent: Unit | None = None, **extra: Any) -> Unit:
    """A unit below `parent`, or a root."""
    code = code or f"U{_next():04d}"
    fields = {"code": code, "name": name or f"单位{code}", "kind": kind, **extra}
    return Unit.objects.add_child(Unit.objects.get(pk=parent.pk), fields) if parent else Unit.objects.add_root(fields)


def make_staff(unit: Unit, *, staff_no: str = "", name: str = "", kind: str = "officer", **extra: Any) -> Staff:
    staff_no = staff_no or f"07{_next():04d}"
    return Staff.objects.create(staff_no=staff_no, name=name or f"李某{staff_no[-2:]}", kind=kind, unit_code=unit.code, **extra)


def make_post(code: str = "", *, name: str = "登记岗", line: str = "registration") -> Post:
    return Post.objects.create(code=code or f"P{_next():04d}", name=name, line=line)


def make_posting(staff: Staff, post: Post, unit: Unit, *, start: date | None = None, end: date | None = None) -> Posting:
    start = start or today() - timedelta(days=400)
    return Posting.objects.create(staff_no=staff.staff_no, post_code=post.code, unit_code=unit.code, start_date=start, end_date=end)


def make_agency(unit: Unit, *, code: str = "", name: str = "众诚代办点", kind: str = "intermediary") -> Agency:
    return Agency.objects.create(code=code or f"A{_next():05d}", name=name, kind=kind, unit_code=unit.code)


def make_user(
    role: str | None, unit: Unit, *, username: str = "", name: str = "", staff: Staff | None = None, staff_kind: str = "officer"
) -> User:
    """An account with the password PASSWORD, linked to a staff member of `unit`, holding `role` over `unit` (none when role is None)."""
    username = username or f"{role or 'nobody'}{_next()}"
    staff = staff or make_staff(unit, name=name, kind=staff_kind)
    user = User.objects.create(username=username, password=_hashed(), staff=staff, name=name or staff.name)
    if role is not None:
        grant_role(user, role, unit)
    return user


def grant_role(user: User, role: str, unit: Unit, **extra: Any) -> RoleGrant:
    return RoleGrant.objects.create(user=user, role=role, unit=unit, **{"valid_from": today() - timedelta(days=30), **extra})


def make_rule(
    code: str = "", *, subject_kind: str = "staff", line: str = "registration", merge_days: int = 7, **version: Any
) -> RuleVersion:
    """A rule with its first version, published and live."""
    code = code or f"DJ-{_next():03d}"
    rule, _created = Rule.objects.get_or_create(code=code, defaults={"line": line, "subject_kind": subject_kind, "merge_days": merge_days})
    fields = {
        "number": 1,
        "mode": "live",
        "detector": "frequency",
        "title_zh": "退办率偏高",
        "title_en": "High return rate",
        "sentence_zh": "{subject}近{window}日退办{observed}笔，达到{level}阈值{threshold}笔。",
        "sentence_en": "{subject} returned {observed} transactions in {window} days, at or over the {level} threshold of {threshold}.",
        "subject_column": "handler",
        "lines": [line],
        "window_days": 7,
        "unit": "item",
        "thresholds": {"yellow": 3, "orange": 5, "red": 10},
        "effective_from": today() - timedelta(days=365),
        "published_at": datetime.now(UTC) - timedelta(days=365),
        "digest": "0" * 64,
    }
    return RuleVersion.objects.create(rule=rule, **fields | version)


def make_transaction(
    unit: Unit, *, serial_no: str = "", accepted_at: datetime | None = None, steps: Sequence[tuple[str, int]] = (), **extra: Any
) -> Transaction:
    """A finished registration of `unit`; `steps` are (step, minutes after acceptance)."""
    accepted_at = accepted_at or datetime.now(UTC) - timedelta(hours=3)
    fields = {
        "source": "manual",
        "serial_no": serial_no or f"26{_next():08d}",
        "line": "registration",
        "action": "transfer",
        "status": "finished",
        "unit_code": unit.code,
        "handler_no": "070001",
        "plate_no": "湘JF0018",
        "plate_type": "02",
        "person_id_no": "430702198001010012",
        "accepted_at": accepted_at,
        "finished_at": accepted_at + timedelta(minutes=30),
        "result": "approved",
        "event_day": event_day(accepted_at),
        "arrived_at": accepted_at + timedelta(minutes=31),
        "digest": "0" * 64,
    }
    row = Transaction.objects.create(**fields | extra)
    Step.objects.bulk_create(
        Step(transaction=row, seq=number, step=name, staff_no=row.handler_no, at=accepted_at + timedelta(minutes=minutes))
        for number, (name, minutes) in enumerate(steps, start=1)
    )
    return row


def make_alert(
    unit: Unit,
    *,
    version: RuleVersion | None = None,
    subject_code: str = "",
    level: str = "orange",
    status: str = Alert.Status.NEW,
    evidence: Sequence[Transaction] = (),
    recused: Sequence[str] = (),
    raised_at: datetime | None = None,
    **extra: Any,
) -> Alert:
    """An alert of `unit` with a hit for each day of evidence (or today), its raising event and its recusals (a staff subject always)."""
    version = version or make_rule()
    kind = version.rule.subject_kind
    code = subject_code or f"07{_next():04d}"
    now = raised_at or datetime.now(UTC)
    days = sorted({row.event_day for row in evidence}) or [event_day(now)]
    matter, _created = Matter.objects.get_or_create(
        subject_kind=kind, subject_code=code, cause=version.rule.code, defaults={"number": random_number("SX", now)}
    )
    observed, threshold = extra.pop("observed", 6.0), extra.pop("threshold", 5.0)
    fields = {
        "bucket": ordinal(days[-1]) // version.rule.merge_days,
        "first_day": days[0],
        "last_day": days[-1],
        "first_at": min((row.accepted_at for row in evidence), default=now),
        "last_at": max((row.accepted_at for row in evidence), default=now),
        "numbers": {},
        "raised_at": now,
        "updated_at": now,
        "due_at": now + timedelta(hours=4),
        "snoozed_until": datetime.now(UTC) + timedelta(hours=2) if status == Alert.Status.SNOOZED else None,
    }
    alert = Alert.objects.create(
        number=random_number("YD", now),
        matter=matter,
        rule=version.rule,
        rule_version=version,
        line=version.rule.line,
        subject_kind=kind,
        subject_code=code,
        unit=unit,
        level=level,
        level_rank=LEVELS.index(level),
        observed=observed,
        threshold=threshold,
        hit_count=len(days),
        evidence_count=len(evidence),
        status=status,
        **fields | extra,
    )
    AlertEvidence.objects.bulk_create(AlertEvidence(alert=alert, row_id=row.pk) for row in evidence)
    for day in days:
        hit = {
            "rule_version": version,
            "line": alert.line,
            "bucket": alert.bucket,
            "level": level,
            "observed": observed,
            "threshold": threshold,
            "evidence": sorted(row.pk for row in evidence if row.event_day <= day),
            "found_at": now,
            "changed_at": now,
        }
        Hit.objects.get_or_create(rule=version.rule, subject_kind=kind, subject_code=code, day=day, defaults=hit)
    for staff_no in [*recused, *([code] if kind == "staff" else [])]:
        Recused.objects.get_or_create(alert=alert, staff_no=staff_no, defaults={"reason": "subject"})
    AlertEvent.objects.create(
        alert=alert, kind=AlertEvent.Kind.RAISED, at=now, data={"level": level, "hits": len(days), "evidence": len(evidence)}
    )
    return alert


def make_refused(*, delivery: Delivery | None = None, days: float = 0, **extra: Any) -> Quarantined:
    """A row of transactions refused for its points, `days` ago."""
    fields = {"source": "manual", "kind": "transactions"} | {name: extra.pop(name) for name in ("source", "kind") if name in extra}
    delivery = delivery or Delivery.objects.create(**fields, name="业务.csv", status="done", received=1, rejected=1)
    number = _next()
    told = {
        "row": number,
        "column": "points",
        "value": "99",
        "reason": "bad_points",
        "content": {"serial_no": f"R{number}", "points": "99", "person_id_no": "430702198001010012", "plate_no": "湘JF0018"},
        "identity": f"R{number}",
        "fingerprint": f"{number:064d}",
        "first_seen_at": datetime.now(UTC) - timedelta(days=days),
    }
    return Quarantined.objects.create(delivery=delivery, source=delivery.source, kind=delivery.kind, **told | extra)
