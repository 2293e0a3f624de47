"""A detachment that goes through its checklist: a squad with a post, a window, who answers for them, and who looks at it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ledger.kit.days import SHANGHAI
from ledger.roster.models import Role, Unit, User
from oversight.cycle import filling
from oversight.cycle.models import Answer, Period, Round, Task
from oversight.cycle.opening import open_round
from oversight.cycle.periods import span_of
from risk.checklist.services import load_checklist
from tests.builders import make_post, make_posting, make_staff, make_unit, make_user

# Of November 2026 the first working day is Monday the 2nd; with five working days left it is due on Monday the 23rd.
OPENED = datetime(2026, 11, 2, 8, 0, tzinfo=SHANGHAI)
DECEMBER = datetime(2026, 12, 1, 8, 0, tzinfo=SHANGHAI)


@dataclass(frozen=True)
class Scene:
    """`leader` and `deputy` answer for the squad, `clerk` is its auxiliary; `office` is of the brigade above it."""

    detachment: Unit
    brigade: Unit
    squad: Unit
    window: Unit
    people: dict[str, User]

    def __getitem__(self, name: str) -> User:
        return self.people[name]

    def round(self, period: Period = Period.MONTH, now: datetime = OPENED) -> Round:
        made = open_round(span=span_of(period, now.date()), now=now)
        assert made is not None
        return made

    def task(self, period: Period = Period.MONTH, now: datetime = OPENED, due: timedelta = timedelta(days=5)) -> Task:
        """The squad's, of a round that still runs for so long from the real now on."""
        task = Task.objects.select_related("round", "unit").get(round=self.round(period, now), unit=self.squad)
        task.due_at = datetime.now(SHANGHAI) + due
        task.save(update_fields=["due_at"])
        return task

    def submitted(self, *, who: str = "leader", **more: Any) -> Task:
        task = self.task(**more)
        return filling.submit(number=task.number, actor=self[who], typed=answered(task), version=task.version)


def answered(task: Task, found: str = "", **more: str) -> dict[str, str]:
    """What is typed when nothing is wrong, but for a finding at the item of that number."""
    typed = {f"result-{one.pk}": "fine" for one in task.answers.all()}
    for one in Answer.objects.filter(task=task, item__no=found):
        typed |= {f"result-{one.pk}": "found", f"text-{one.pk}": "抽查20笔，3笔审核用时不足10秒"}
    return typed | ({"summary": "全年清查12次，主要问题为审核把关不严"} if task.round.period == Period.YEAR else {}) | more


def make_scene() -> Scene:
    load_checklist()
    detachment = make_unit("交警支队", kind="detachment")
    brigade = make_unit("一大队", kind="brigade", parent=detachment)
    squad = make_unit("三中队", kind="squad", parent=brigade)
    window = make_unit("城西窗口", kind="window", parent=detachment)
    posted = make_staff(squad, name="陈某")
    make_posting(posted, make_post("C1", name="登记审核岗"), squad, start=datetime(2020, 1, 1).date())
    people = {
        "first": make_user(Role.SUPERVISOR, detachment, name="赵某"),
        "second": make_user(Role.SUPERVISOR, detachment, name="钱某"),
        "helper": make_user(Role.SUPERVISOR, detachment, name="王某", staff_kind="auxiliary"),
        "chief": make_user(Role.LEADER, detachment, name="孙某"),
        "editor": make_user(Role.CHECKLIST_ADMIN, detachment, name="褚某"),
        "audit": make_user(Role.AUDIT_ADMIN, detachment, name="卫某"),
        "leader": make_user(Role.SQUAD_LEADER, squad, name="李某"),
        "deputy": make_user(Role.UNIT_OFFICER, squad, name="周某"),
        "clerk": make_user(Role.UNIT_OFFICER, squad, name="吴某", staff_kind="auxiliary"),
        "office": make_user(Role.UNIT_OFFICER, brigade, name="郑某"),
        "stranger": make_user(Role.SQUAD_LEADER, window, name="冯某"),
    }
    return Scene(detachment, brigade, squad, window, people)
