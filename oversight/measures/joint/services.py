"""Letting points flow to who answers along, exempting them by two people, and publishing weights by two."""

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.audit.services import record
from ledger.kit.errors import BadInput, Conflict, NotAllowed, NotFound
from ledger.roster.accounts import Role
from ledger.roster.models import Unit, User
from oversight.cases import approvals
from oversight.cases.models import Approval, Case
from oversight.cases.people import Person
from oversight.cases.record import enter
from oversight.measures.joint.models import Direction, JointPoints, JointWeights
from oversight.measures.joint.queries import SHIPPED_CAPS, SHIPPED_SHARES, answering, counted
from risk.alerts.acting import checked_note

State = JointPoints.State
CENT = Decimal("0.01")
PUBLISHING = (Role.DISCIPLINE, Role.LEADER)


@transaction.atomic
def flow(
    *,
    source: str,
    staff_no: str,
    unit: Unit | None,
    auxiliary: bool,
    points: Decimal,
    on: date,
    case: Case | None = None,
    direction: Direction = Direction.DEDUCTION,
) -> list[JointPoints]:
    """Write down what reaches each who answers along with `staff_no`; once for a source. Rewards flow by the same weights: who registers
    what deserves one says so by `direction`.

    The weights' row is locked, so that two flows at once cannot both use what is left below the cap of a year.
    """
    weights, made = _locked_weights(), []
    table = "auxiliary" if auxiliary else "officer"
    cap = Decimal(weights.caps[direction])
    for one in answering(staff_no, unit, auxiliary=auxiliary):
        share = weights.share(table, one.part)
        raw = (points * share / 100).quantize(CENT, ROUND_HALF_UP)
        if not raw:
            continue
        before = counted(one.staff.staff_no, table=table, direction=direction, year=on.year)
        kept = max(min(raw, cap - before), Decimal(0))
        row, _new = JointPoints.objects.get_or_create(
            source=source,
            part=one.part,
            defaults={
                "case": case,
                "direction": direction,
                "of_staff_no": staff_no,
                "table": table,
                "staff_no": one.staff.staff_no,
                "name": one.staff.name,
                "on": on,
                "credited_at": timezone.now(),
                "base": points,
                "share": share,
                "points": kept,
                "formula": formula(points, share, raw, kept, before, cap),
                "weights": weights,
            },
        )
        made.append(row)
    return made


def formula(base: Decimal, share: int, raw: Decimal, kept: Decimal, before: Decimal, cap: Decimal) -> str:
    """Like 4.00 × 30% = 1.20, and where the cap of the year cut it what was counted before and what is left."""
    told = f"{base:.2f} × {share}% = {raw:.2f}"
    return told if kept == raw else f"{told}；{before:.2f} + {raw:.2f} > {cap:.2f} → {kept:.2f}"


@transaction.atomic
def withdraw(*, source: str) -> None:
    """What the points came from is revoked."""
    JointPoints.objects.filter(source=source).exclude(state=State.WITHDRAWN).update(state=State.WITHDRAWN)


@transaction.atomic
def ask_exemption(*, row: JointPoints, reason: str, actor: User, address: str = "") -> None:
    """免除, proposed by the discipline inspection: the checks and talks were done and recorded, or they reported it themselves."""
    row, case = _locked_row(row)
    if not Person.of(actor).may(Role.DISCIPLINE, over=case.unit.path):
        raise NotAllowed(_("The discipline inspection proposes an exemption."))
    _must_not_be(row, actor)
    if row.state != State.COUNTED:
        raise Conflict(_("These points do not count any more; open the page again."))
    note = checked_note(reason, least=5)
    approvals.ask(about=row.source, kind=f"exempt-{row.part}", content=_content(row) | {"reason": note}, actor=actor)
    enter(case, "joint.exemption_asked", actor=actor, about=row.source, address=address, given_note=note, given_name=row.name)


@transaction.atomic
def decide_exemption(*, row: JointPoints, approve: bool, actor: User, note: str = "", address: str = "") -> bool:
    """Approve or refuse, by another leader or inspector. False when it lapsed, because the points changed meanwhile."""
    row, case = _locked_row(row)
    if not Person.of(actor).may(*PUBLISHING, over=case.unit.path):
        raise NotAllowed(_("A leader or another inspector decides on an exemption."))
    _must_not_be(row, actor)
    waiting = Approval.objects.filter(about=row.source, kind=f"exempt-{row.part}", state=Approval.State.ASKED).first()
    reason = waiting.content.get("reason", "") if waiting else ""
    decided = approvals.decide(
        about=row.source, kind=f"exempt-{row.part}", approve=approve, content=_content(row) | {"reason": reason}, actor=actor, note=note
    )
    if decided.state == Approval.State.LAPSED:
        return False
    if approve:
        row.state, row.exempt_by = State.EXEMPTED, actor
        row.save(update_fields=["state", "exempt_by"])
    kind = "joint.exempted" if approve else "joint.exemption_refused"
    enter(case, kind, actor=actor, about=row.source, address=address, given_note=note, given_name=row.name)
    return True


@transaction.atomic
def draft(*, shares: dict[str, dict[str, int]], caps: dict[str, int], reason: str, actor: User, address: str = "") -> JointWeights:
    """Draft a version, or replace the draft there is. Raises BadInput for shares that are none, NotAllowed for who may not."""
    _must_publish(actor)
    if any(not 0 <= share <= 100 for table in shares.values() for share in table.values()) or any(cap < 0 for cap in caps.values()):
        raise BadInput(_("Shares lie between 0 and 100 percent, and a cap is not negative."))
    current, now = _locked_weights(), timezone.now()
    JointWeights.objects.filter(state=JointWeights.State.DRAFT).delete()
    made = JointWeights.objects.create(
        number=current.number + 1, shares=shares, caps=caps, reason=checked_note(reason, least=5), drafted_by=actor, drafted_at=now
    )
    record("joint.drafted", actor=actor, target=f"{made.number}", address=address, shares=shares, caps=caps)
    return made


@transaction.atomic
def publish(*, actor: User, number: int, drafted_at: datetime, address: str = "") -> JointWeights:
    """Publish the draft that was looked at, by another than who drafted it; what is decided from now on flows by it."""
    _must_publish(actor)
    waiting = JointWeights.objects.select_for_update().filter(state=JointWeights.State.DRAFT).first()
    if waiting is None or (waiting.number, waiting.drafted_at) != (number, drafted_at):
        raise Conflict(_("The draft changed meanwhile; look at it again before you publish it."))
    if waiting.drafted_by_id == actor.pk:
        raise NotAllowed(_("Another person publishes the weights: you drafted them."))
    waiting.state, waiting.published_by, waiting.published_at = JointWeights.State.PUBLISHED, actor, timezone.now()
    waiting.save(update_fields=["state", "published_by", "published_at"])
    record("joint.published", actor=actor, target=f"{waiting.number}", address=address, shares=waiting.shares, caps=waiting.caps)
    return waiting


def _locked_weights() -> JointWeights:
    """The weights in force, locked; the shipped ones are the first version, written when they are first needed."""
    JointWeights.objects.get_or_create(
        number=1,
        defaults={
            "shares": SHIPPED_SHARES,
            "caps": SHIPPED_CAPS,
            "state": JointWeights.State.PUBLISHED,
            "reason": "默认方案·待本单位核定",
            "drafted_at": datetime(2026, 1, 1, tzinfo=UTC),
            "published_at": datetime(2026, 1, 1, tzinfo=UTC),
        },
    )
    return JointWeights.objects.select_for_update().filter(state=JointWeights.State.PUBLISHED).latest("number")


def _locked_row(row: JointPoints) -> tuple[JointPoints, Case]:
    locked = JointPoints.objects.select_for_update(of=("self",)).select_related("case__unit").get(pk=row.pk)
    if locked.case is None:
        raise NotFound(_("These points belong to no case."))
    return locked, locked.case


def _content(row: JointPoints) -> dict[str, Any]:
    return {"staff": row.staff_no, "part": row.part, "points": f"{row.points:.2f}", "state": str(row.state)}


def _must_not_be(row: JointPoints, actor: User) -> None:
    if actor.staff_no and actor.staff_no in (row.staff_no, row.of_staff_no):
        raise NotAllowed(_("Who is concerned themselves has no part in an exemption."))


def _must_publish(actor: User) -> None:
    person = Person.of(actor)
    if not person.officer or not any(role in PUBLISHING and len(path) == Unit.steplen for role, path in person.grants):
        raise NotAllowed(_("The discipline inspection and the leaders of the detachment settle the weights."))
