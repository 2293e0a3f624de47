"""An order in a detachment of its own: who issues, who answers, who reviews; and files of every kind."""

import io
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ledger.kit.days import today
from ledger.roster.models import Role, Unit, User
from oversight.cases.models import Case, Party
from oversight.orders import responding, services
from oversight.orders.models import Draft, Order, Response
from risk.alerts.numbers import random_number
from tests.builders import make_staff, make_unit, make_user
from tests.oversight.cases.building import make_case, make_party

PROBLEM = {
    "fact": "近30日违法撤销21笔，17笔当日自撤",
    "evidence": ["vms/WZ0001", "vms/WZ0002"],
    "clause": "违法处理规定第四十二条",
    "item": "3-07",
}
TYPED = {
    "cause": "撤销未经第二人复核，带班民警未逐笔核对",
    "measures": "撤销一律由带班民警复核后提交，每周五通报",
    "result": "21笔已逐笔核对，恢复4笔",
    "responsible": "周某",
    "done_on": f"{today()}",
}
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
JPEG = b"\xff\xd8\xff\xe0" + b"photo" * 20


def office(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        for name in ("[Content_Types].xml", *names):
            package.writestr(name, "<x/>")
    return packed.getvalue()


@dataclass(frozen=True)
class Scene:
    """`first` and `second` supervise the detachment, `leader` and `deputy` answer for the squad, `clerk` is its auxiliary."""

    case: Case
    party: Party
    squad: Unit
    people: dict[str, User]

    def __getitem__(self, name: str) -> User:
        return self.people[name]

    def order(self, **extra: Any) -> Order:
        told = {"requirement": "逐笔说明撤销理由，落实双人复核", "problems": [PROBLEM]} | extra
        return services.issue_order(case=self.case, party=self.party, actor=self["first"], **told)

    def working(self, **extra: Any) -> Order:
        return services.sign(number=self.order(**extra).number, actor=self["leader"])

    def answered(self, **extra: Any) -> Order:
        order = self.working(**extra)
        self.send(order)
        order.refresh_from_db()
        return order

    @staticmethod
    def version(order: Order) -> int:
        return Draft.objects.filter(order=order).values_list("version", flat=True).first() or 0

    def send(self, order: Order, who: str = "leader", stage: str = "final", **typed: str) -> Response:
        told = {"version": self.version(order), "stage": stage, "typed": TYPED | typed}
        return responding.send_report(number=order.number, actor=self[who], **told)


def make_scene(*, level: str = "orange") -> Scene:
    detachment = make_unit("交警支队", kind="detachment")
    brigade = make_unit("一大队", parent=detachment)
    squad = make_unit("三中队", kind="squad", parent=brigade)
    case_unit = Unit.objects.get(pk=squad.pk)
    people = {
        "first": make_user(Role.SUPERVISOR, detachment, name="赵某"),
        "second": make_user(Role.SUPERVISOR, detachment, name="钱某"),
        "chief": make_user(Role.LEADER, detachment, name="孙某"),
        "leader": make_user(Role.SQUAD_LEADER, squad, name="李某"),
        "deputy": make_user(Role.UNIT_OFFICER, squad, name="周某"),
        "clerk": make_user(Role.UNIT_OFFICER, squad, name="吴某", staff_kind="auxiliary"),
        "office": make_user(Role.UNIT_OFFICER, brigade, name="郑某"),
        "helper": make_user(Role.SUPERVISOR, detachment, name="王某", staff_kind="auxiliary"),
        "stranger": make_user(Role.SQUAD_LEADER, make_unit("二大队", parent=detachment), name="冯某"),
    }
    make_staff(squad, name="陈某")
    case = make_case(people["first"], unit=case_unit, level=level)
    return Scene(case, make_party(case, squad), squad, people)


def make_order(party: Party, issuer: User, **extra: Any) -> Order:
    """An order as a row, whatever its case is at; a day to sign, a week to answer."""
    now = datetime.now(UTC)
    fields = {
        "number": random_number("ZG", now),
        "case": party.case,
        "level": party.case.level,
        "problems": [PROBLEM],
        "requirement": "逐笔说明撤销理由",
        "issued_by": issuer,
        "issued_at": now,
        "sign_due_at": now + timedelta(days=1),
        "due_at": now + timedelta(days=7),
        "updated_at": now,
    }
    return Order.objects.create(party=party, **fields | extra)


def hours(number: float) -> datetime:
    return datetime.now(UTC) + timedelta(hours=number)
