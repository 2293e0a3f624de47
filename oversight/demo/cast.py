"""Who can log in to the demonstration: one account per role, two for each role that approves."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from ledger.roster.accounts import Role

PASSWORD = "Mingjing-2026"


@dataclass(frozen=True)
class Part:
    """One demonstration account. `unit` and `post` pick the staff member who holds it; `place` tells several of one pick apart,
    `hint` says what there is to see as this person.
    """

    username: str
    role: Role
    unit: str
    over: str
    place: int = 0
    hint: Promise | str = ""

    @property
    def label(self) -> str:
        """The role in the shown language, and what to look at."""
        return f"{self.role.label} · {self.hint}" if self.hint else str(self.role.label)


WINDOW = "城西登记窗口"
DETACHMENT, CENTRE, DISCIPLINE, TECHNOLOGY = "交警支队", "大监管中心", "纪检监察室", "科技信息科"
CAST = (
    Part("supervisor1", Role.SUPERVISOR, CENTRE, DETACHMENT, 1),
    Part("supervisor2", Role.SUPERVISOR, CENTRE, DETACHMENT, 2),
    Part("leader1", Role.LEADER, DETACHMENT, DETACHMENT, 0),
    Part("leader2", Role.LEADER, DETACHMENT, DETACHMENT, 1),
    Part("discipline1", Role.DISCIPLINE, DISCIPLINE, DETACHMENT, 0),
    Part("discipline2", Role.DISCIPLINE, DISCIPLINE, DETACHMENT, 1),
    Part("checklist1", Role.CHECKLIST_ADMIN, CENTRE, DETACHMENT, 3),
    Part("checklist2", Role.CHECKLIST_ADMIN, CENTRE, DETACHMENT, 4),
    Part("squad1", Role.SQUAD_LEADER, WINDOW, WINDOW, 3, pgettext_lazy("demo", "answers its orders on the phone")),
    Part("unit1", Role.UNIT_OFFICER, "车辆管理所", "车辆管理所", 1),
    Part("legal1", Role.UNIT_OFFICER, "法制大队", "法制大队", 0, pgettext_lazy("demo", "legal reviews")),
    Part("system1", Role.SYSTEM_ADMIN, TECHNOLOGY, DETACHMENT, 1),
    Part("security1", Role.SECURITY_ADMIN, TECHNOLOGY, DETACHMENT, 2),
    Part("security2", Role.SECURITY_ADMIN, "政工科", DETACHMENT, 1),
    Part("audit1", Role.AUDIT_ADMIN, "法制大队", DETACHMENT, 1),
)
