"""What the stage does for orders (整改单); see stage.py, which has set Django up."""

from datetime import timedelta

from django.utils import timezone

from ledger.roster.models import Role, Unit, User
from oversight.cases.models import Case
from oversight.orders import extending, objecting, responding, reviewing, services
from oversight.orders.models import Draft, Order
from oversight.orders.prefill import problems_of
from tests.builders import make_alert, make_rule, make_staff, make_transaction, make_unit, make_user
from tests.oversight.cases.building import make_case, make_party
from tests.oversight.orders.building import TYPED

REQUIREMENT = "逐笔说明撤销理由，落实录入与撤销双人复核。"


def _people() -> tuple[User, User]:
    """The supervisor who issues, and the leader of the window who answers."""
    first = User.objects.get(username="first")
    squad = User.objects.filter(username="squad").first() or _user(
        Role.SQUAD_LEADER, Unit.objects.get(code="W1"), "squad", "李某", "081101"
    )
    return first, squad


def _user(role: Role, unit: Unit, username: str, name: str, staff_no: str) -> User:
    return make_user(role, unit, username=username, name=name, staff=make_staff(unit, staff_no=staff_no, name=name))


def _case(unit: Unit, level: str = "orange", title: str = "登记窗口近30日违法撤销率7.2%") -> Case:
    first, _squad = _people()
    rows = [make_transaction(unit, handler_no="081100", accepted_at=timezone.now() - timedelta(days=day, hours=1)) for day in (0, 1, 3)]
    alert = make_alert(unit, version=make_rule(), subject_code="081100", level=level, evidence=rows, status="assigned")
    return make_case(first, alert, title=title)


def _order(unit: Unit, **extra: object) -> Order:
    first, _squad = _people()
    case = _case(unit, **{name: extra.pop(name) for name in ("level", "title") if name in extra})
    told = {"requirement": REQUIREMENT, "materials": "11月撤销复核台账", "problems": problems_of(case)}
    return services.issue_order(case=case, party=make_party(case, unit), actor=first, **told, **extra)


def order() -> None:
    """One order for the window, to be signed for."""
    _order(Unit.objects.get(code="W1"))


def order_named() -> None:
    """The same under a number that a page can be opened by."""
    Order.objects.filter(pk=_order(Unit.objects.get(code="W1")).pk).update(number="ZG-STAGE")


def order_last_day() -> None:
    """Its term ends in five hours."""
    Order.objects.update(issued_at=timezone.now() - timedelta(days=3), due_at=timezone.now() + timedelta(hours=5, minutes=10))


def orders() -> None:
    """One of every kind, for the window and two other units."""
    first, squad = _people()
    second, leader = User.objects.get(username="second"), User.objects.get(username="leader")
    window, root = Unit.objects.get(code="W1"), Unit.objects.get(code="D1")
    brigade = make_unit("一大队", code="B1", parent=Unit.objects.get(pk=root.pk))
    third = make_unit("一大队三中队", code="B1S3", kind="squad", parent=Unit.objects.get(pk=brigade.pk))
    captain = _user(Role.SQUAD_LEADER, third, "captain", "周某", "081102")
    for level, title in (("red", "同一分钟在两处检测同一辆车"), ("yellow", "退办率偏高"), ("blue", "午间集中办理")):
        waiting = _order(third, level=level, title=title)
        services.remind(number=waiting.number, actor=first)
    Order.objects.filter(level="red").update(issued_at=timezone.now() - timedelta(hours=4), sign_due_at=timezone.now() - timedelta(hours=2))
    working = services.sign(number=_order(window, level="yellow", title="档案缺失材料补录超期").number, actor=squad)
    extending.ask_extension(
        number=working.number, actor=squad, until=working.due_at + timedelta(days=3), note="涉及跨年纸质档案，需到档案库逐份调阅"
    )
    objecting.raise_objection(number=working.number, actor=squad, text="其中2笔系系统升级期间重复生成，已向科技科报备")
    for act in ("answered", "returned", "closed"):
        one = services.sign(number=_order(third, title="违法撤销未经第二人复核").number, actor=captain)
        responding.send_report(number=one.number, actor=captain, typed=TYPED, version=0, stage="final")
        if act == "returned":
            comments = {"measures": "写明责任人和完成日期", "attachments": "补11月第3周撤销复核台账"}
            reviewing.send_back(number=one.number, actor=second, comments=comments)
        if act == "closed":
            reviewing.accept(number=one.number, actor=leader, note="已核验台账，属实")
    services.withdraw(number=_order(window, level="blue", title="午间集中办理").number, actor=first, note="与另一整改单重复")


def others_draft() -> None:
    """Somebody else of the unit writes into the draft of the window's order."""
    other = _user(Role.UNIT_OFFICER, Unit.objects.get(code="W1"), "deputy", "周某", "081103")
    one = Order.objects.get(status__in=Order.AT_WORK)
    version = Draft.objects.filter(order=one).values_list("version", flat=True).first() or 0
    responding.save_draft(number=one.number, actor=other, typed={"cause": "撤销未逐笔核对"}, version=version)


ACTS = {one.__name__: one for one in (order, order_last_day, orders, others_draft)}
