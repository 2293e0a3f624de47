"""What the stage does for the checklist's cycle; see stage.py, which has set Django up."""

from datetime import timedelta

from django.utils import timezone

from ledger.kit.days import day_start, today
from ledger.roster.models import Role, Unit, User
from oversight.cycle import filling, reviewing
from oversight.cycle.models import Answer, Period, Round, Task
from oversight.cycle.opening import open_round
from oversight.cycle.periods import opening_day, span_before, span_of
from tests.builders import make_post, make_posting, make_staff, make_unit, make_user
from tests.oversight.cycle.building import answered


def _round(period: Period, back: int = 0) -> Round:
    """That of today, or of so many periods before, opened on its day, with a term that runs for two days from now."""
    span = span_of(period, today())
    for _one in range(back):
        span = span_before(span)
    made = open_round(span=span, now=day_start(opening_day(span)) + timedelta(hours=8))
    assert made is not None
    due = timezone.now() + timedelta(days=2, hours=1)
    Round.objects.filter(pk=made.pk).update(due_at=due)
    made.tasks.update(due_at=due)
    return made


def _leader() -> User:
    """Of the window, who also holds a post of it."""
    window = Unit.objects.get(code="W1")
    staff = make_staff(window, staff_no="081190", name="李某")
    make_posting(staff, make_post("C1", name="登记审核岗"), window)
    return make_user(Role.SQUAD_LEADER, window, username="checker", name="李某", staff=staff)


def cycle_task() -> None:
    """A monthly check that waits for the window."""
    _leader()
    _round(Period.MONTH)


def cycle_many() -> None:
    """Months and a clearance, tasks at every stage, a grave finding, proposals to be decided."""
    captain, second = _leader(), User.objects.get(username="second")
    root = Unit.objects.get(code="D1")
    make_user(Role.CHECKLIST_ADMIN, root, username="editor", staff=make_staff(root, staff_no="081250", name="褚某"))
    for number in range(1, 8):
        squad = make_unit(f"直属一大队第{number}中队", code=f"Q{number}", kind="squad", parent=Unit.objects.get(pk=root.pk))
        captain_of = make_staff(squad, staff_no=f"08125{number}", name="周某")
        make_user(Role.SQUAD_LEADER, squad, username=f"captain{number}", name="周某", staff=captain_of)
    for back in (2, 1, 0):
        for number, task in enumerate(_round(Period.MONTH, back).tasks.select_related("round", "unit").order_by("unit__path")):
            _play(task, number + 7 * bool(back), captain, second)
    clearance = _round(Period.QUARTER, 1).tasks.select_related("round", "unit").get(unit__code="W1")
    one, other = list(clearance.answers.order_by("pk"))[:2]
    wishes = {f"wish-{one.pk}": "lower", f"wish_reason-{one.pk}": "系统已强制双人复核，近两个季度未发现问题"}
    wishes |= {f"wish-{other.pk}": "drop", f"wish_reason-{other.pk}": "该业务已于本年取消"}
    added = {"add-0-post": "登记审核岗", "add-0-risk_point": "电子签章由他人代签", "add-0-reason": "本季抽查发现2起"}
    filling.submit(number=clearance.number, actor=captain, typed=answered(clearance, **wishes, **added), version=0)
    reviewing.accept(number=clearance.number, actor=second)


def _play(task: Task, number: int, captain: User, second: User) -> None:
    """Untouched, being filled in, submitted, late, or accepted, by the number."""
    who = captain if task.unit.code == "W1" else User.objects.get(username=f"captain{task.unit.code[1:]}")
    if number == 1:
        filling.save_draft(number=task.number, actor=who, typed={}, version=0)
    elif number == 2:
        Task.objects.filter(pk=task.pk).update(due_at=timezone.now() - timedelta(days=2))
    elif number:
        grave = Answer.objects.filter(task=task, item__level="high").order_by("item__place").first()
        filling.submit(number=task.number, actor=who, typed=answered(task, grave.item.no if grave and number % 3 == 0 else ""), version=0)
        if number > 4:
            reviewing.accept(number=task.number, actor=second, note="已核对台账")


ACTS = {one.__name__: one for one in (cycle_task, cycle_many)}
