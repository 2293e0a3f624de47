"""The checklist's cycle in the demonstration: last month gone through by nearly everybody, this month open.

Rows are written as the services would have left them a month ago; those write what happens now.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from ledger.kit.days import day_start, today
from ledger.roster.accounts import Role, RoleGrant, User
from ledger.roster.models import Staff, Unit
from oversight.cycle.models import Answer, Period, Round, Task, TaskEntry
from oversight.cycle.opening import open_round
from oversight.cycle.periods import Span, opening_day, span_before, span_of
from oversight.demo.cast import WINDOW
from oversight.demo.offices import SMALL, hashed, person

MORNING, LEFT = timedelta(hours=8, minutes=30), timedelta(days=3)
EVERY = 5
FINDINGS = (
    "抽查20笔，其中2笔未按规定留存影像，已当场纠正并通报当事岗位。",
    "抽查30笔，1笔由经办人代为复核，已责令重新复核并登记。",
    "查看近一个月台账，3处登记不全，已补登并明确专人每周核对。",
)
COMMENT = "请写明两笔业务的流水号和责任岗位。"


@transaction.atomic
def play() -> None:
    """Last month: accepted, but returned to one unit, and one that is late. This month: open, with a term that still runs."""
    span = span_of(Period.MONTH, today())
    last = _opened(span_before(span))
    if last is not None:
        _gone_through(last)
    running = _opened(span)
    if running is not None and running.due_at < timezone.now() + LEFT:
        running.due_at = timezone.now() + LEFT
        running.save(update_fields=["due_at"])
        running.tasks.update(due_at=running.due_at)


def _opened(span: Span) -> Round | None:
    """The round as it opened on its day; None where that day is still to come."""
    morning = day_start(opening_day(span)) + MORNING
    return open_round(span=span, now=morning) if morning <= timezone.now() else None


def _gone_through(one: Round) -> None:
    tasks = list(one.tasks.select_related("unit").order_by("unit__path"))
    people = _leaders([task.unit for task in tasks])
    # The window whose leader is of the cast has something to do; the first of the others with nobody to blame is late.
    late = next((task for task in tasks if task.unit.name != WINDOW), None)
    answers: dict[int, list[Answer]] = {task.pk: [] for task in tasks}
    for answer in Answer.objects.filter(task__in=tasks).select_related("item").order_by("item__place"):
        answers[answer.task_id].append(answer)
    reviewer = person("supervisor1")
    done = [task for task in tasks if task != late and task.unit_id in people]
    for place, task in enumerate(done):
        _submitted(task, answers[task.pk], people[task.unit_id], one.opened_at + timedelta(days=2 + place % 9, hours=place % 8), place)
        _reviewed(task, answers[task.pk], reviewer)
    written = ["status", "version", "saved_by", "saved_at", "submitted_by", "submitted_at", "reviewed_by", "reviewed_at", "due_at"]
    Task.objects.bulk_update(done, written)
    Answer.objects.bulk_update([answer for task in done for answer in answers[task.pk]], ["result", "text", "comment"], batch_size=400)
    TaskEntry.objects.bulk_create(entry for task in done for entry in _entries(task, answers[task.pk]))


def _submitted(task: Task, answers: Sequence[Answer], by: User, at: datetime, place: int) -> None:
    for number, answer in enumerate(answers):
        found = (place + number) % (4 * EVERY) == 0 or (task.unit.name == WINDOW and number == 0)
        answer.result = Answer.Result.FOUND if found else Answer.Result.FINE
        answer.text = FINDINGS[(place + number) % len(FINDINGS)] if found else ""
    task.version, task.saved_by, task.saved_at = 1, by, at
    task.submitted_by, task.submitted_at = by, at


def _reviewed(task: Task, answers: Sequence[Answer], by: User) -> None:
    assert task.submitted_at is not None
    task.reviewed_by, task.reviewed_at = by, task.submitted_at + timedelta(days=1)
    task.status = Task.Status.ACCEPTED
    if task.unit.name == WINDOW and answers:
        task.status, answers[0].comment, task.due_at = Task.Status.RETURNED, COMMENT, timezone.now() + LEFT


def _entries(task: Task, answers: Sequence[Answer]) -> list[TaskEntry]:
    assert task.submitted_at is not None and task.reviewed_at is not None
    comments = {answer.item.no: answer.comment for answer in answers if answer.comment}
    sent = {"from": Task.Status.OPEN.value, "to": Task.Status.SUBMITTED.value}
    turned = {"from": Task.Status.SUBMITTED.value, "to": str(task.status), "comments": comments}
    return [
        TaskEntry(task=task, kind="submitted", at=task.submitted_at, actor=task.submitted_by, data=sent),
        TaskEntry(task=task, kind=str(task.status), at=task.reviewed_at, actor=task.reviewed_by, data=turned),
    ]


def _leaders(units: Sequence[Unit]) -> dict[int, User]:
    """Who answers for each unit, by its key: who does already, else a new account of its leader or of another free officer there."""
    roles = (Role.SQUAD_LEADER, Role.UNIT_OFFICER)
    held = RoleGrant.objects.filter(unit__in=units, role__in=roles, user__staff__kind="officer").select_related("user").order_by("-pk")
    found = {grant.unit_id: grant.user for grant in held}
    left = [unit for unit in units if unit.pk not in found]
    officers = Staff.objects.filter(kind="officer", user=None)
    free = {staff.unit_code: staff for staff in officers.filter(unit_code__in=[unit.code for unit in left]).order_by("-staff_no")}
    named = {staff.staff_no: staff for staff in officers.filter(staff_no__in=[unit.leader_no for unit in left])}
    holders: dict[int, Staff] = {}
    for unit in left:
        holder = named.get(unit.leader_no) or free.get(unit.code)
        if holder is not None and holder not in holders.values():
            holders[unit.pk] = holder
    accounts = {key: User(username=one.staff_no, password=hashed(), name=one.name, staff=one) for key, one in holders.items()}
    User.objects.bulk_create(accounts.values())
    kinds = {unit.pk: Role.SQUAD_LEADER if unit.kind in SMALL else Role.UNIT_OFFICER for unit in left}
    RoleGrant.objects.bulk_create(RoleGrant(user=user, role=kinds[key], unit_id=key, valid_from=today()) for key, user in accounts.items())
    return found | accounts
