"""A detachment where a case has somebody for every part: a squad below a brigade, a department, the discipline inspection."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ledger.roster.models import Role, Staff, Unit, User
from oversight.cases.models import Case, Party
from oversight.cases.services import NewParty, decide_dispatch, open_case
from risk.alerts.models import Alert
from tests.builders import make_alert, make_rule, make_staff, make_unit, make_user
from tests.oversight.cast import Cast


@dataclass(frozen=True)
class Town:
    """Units and one officer for each office; `leader` and `other` both lead the detachment."""

    cast: Cast
    squad: Unit
    department: Unit
    inspection: Unit
    subject: Staff
    squad_leader: User
    brigade_officer: User
    department_officer: User
    inspector: User
    leader: User
    other: User
    second: User

    @property
    def brigade(self) -> Unit:
        return self.cast.first

    @property
    def supervisor(self) -> User:
        return self.cast.supervisor

    @property
    def parties(self) -> list[NewParty]:
        return [
            NewParty("lead", self.squad.code),
            NewParty("superior", self.brigade.code),
            NewParty("department", self.department.code),
            NewParty("discipline", self.inspection.code),
        ]

    def issued(self, level: str = "yellow", **extra: Any) -> Alert:
        """An issued alert on the subject, in the squad; the rule is another one each time."""
        given = {"version": make_rule(), "subject_code": self.subject.staff_no, "status": Alert.Status.ISSUED} | extra
        return make_alert(self.squad, level=level, **given)

    def opened(self, level: str = "yellow", alerts: Sequence[Alert] = (), **extra: Any) -> Case:
        """A case that is being handled; an orange or red one was approved by the leader."""
        numbers = [alert.number for alert in alerts or [self.issued(level)]]
        given = {"actor": self.supervisor, "parties": self.parties, "basis": "清单项 D-07", "requirement": "按期反馈"}
        case = open_case(alerts=numbers, **given | extra)
        if case.status == Case.Status.ASKED:
            decide_dispatch(number=case.number, actor=self.leader, approve=True)
        case.refresh_from_db()
        return case

    def signer(self, party: Party) -> User:
        people = {
            "lead": self.squad_leader,
            "superior": self.brigade_officer,
            "department": self.department_officer,
            "discipline": self.inspector,
        }
        return people[party.part]


def make_town(cast: Cast) -> Town:
    squad = make_unit("一大队一中队", kind="squad", parent=cast.first)
    department = make_unit("车辆管理科", kind="department", parent=cast.detachment)
    inspection = make_unit("纪检监察室", kind="discipline", parent=cast.detachment)
    return Town(
        cast=cast,
        squad=squad,
        department=department,
        inspection=inspection,
        subject=make_staff(squad, name="梁某"),
        squad_leader=make_user(Role.SQUAD_LEADER, squad, username="zhongdui", name="魏某"),
        brigade_officer=make_user(Role.UNIT_OFFICER, cast.first, username="dadui", name="陈某"),
        department_officer=make_user(Role.UNIT_OFFICER, department, username="keshi", name="褚某"),
        inspector=cast.of[Role.DISCIPLINE],
        leader=cast.of[Role.LEADER],
        other=make_user(Role.LEADER, cast.detachment, username="zhengwei", name="卫某"),
        second=make_user(Role.SUPERVISOR, cast.detachment, username="second", name="蒋某"),
    )
