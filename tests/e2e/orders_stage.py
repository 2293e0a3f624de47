"""What the stage does for sweeps of history and suppressions; see stage.py, which has set Django up."""

from datetime import timedelta

from django.utils import timezone

from ledger.intake.services import take_records
from ledger.kit.days import SHANGHAI, today
from ledger.roster.models import Unit, User
from risk.alerts.models import Suppression
from risk.alerts.suppressions import ask_suppression, decide_suppression, end_suppression
from risk.rules.models import Rule
from risk.scoring.models import DirtyMark
from risk.scoring.services import score_pending
from risk.sweeps.models import Sweep, SweepPart
from risk.sweeps.running import run_sweeps, run_to_end
from risk.sweeps.services import order_sweep, stop_sweep
from tests.builders import make_staff

OFFICERS = ("080401", "080402", "080403")


def history() -> None:
    """Two hundred days of tickets, now and then many by one officer within minutes; long since scored by the rules there were then."""
    window = Unit.objects.get(code="W1")
    for number in OFFICERS:
        make_staff(window, staff_no=number, name=f"{'孙李周'[int(number[-1]) - 1]}某")
    take_records(kind="transactions", records=[*_tickets(200)], source="manual", backfill=True)
    DirtyMark.objects.all().delete()


def _tickets(days: int):
    morning = timezone.now().astimezone(SHANGHAI).replace(hour=9, minute=0, second=0)
    for back in range(days, 8, -4):
        for number in range(14 if back % 20 == 0 else 3):
            at = morning - timedelta(days=back) + timedelta(seconds=35 * number)
            yield {
                "serial_no": f"V{back:03d}{number:02d}",
                "line": "violation",
                "action": "onsite",
                "unit_code": "W1",
                "handler_no": OFFICERS[back // 4 % 3],
                "accepted_at": f"{at:%Y-%m-%d %H:%M:%S}",
                "finished_at": f"{at + timedelta(minutes=1):%Y-%m-%d %H:%M:%S}",
                "result": "penalised",
                "amount": "50.00",
                "points": "0",
                "plate_no": f"湘J{back:03d}{number:02d}",
                "plate_type": "02",
            }


def sweep_some() -> None:
    """A worker's stroke or two."""
    for _stroke in range(3):
        run_sweeps()
        Sweep.objects.update(rest_until=None)


def sweep_all() -> None:
    for one in Sweep.objects.filter(state__in=Sweep.WORKABLE).order_by("id"):
        run_to_end(one, tell=lambda sweep: None)


def sweeps() -> None:
    """One of every kind: done, stopped, running for an hour with the time left known, failed again and again, and waiting."""
    admin, now = User.objects.get(username="system_admin"), timezone.now()
    order_sweep(actor=admin, reason="短时批量开单规则上线，倒查既往开单", rule_codes=["VIO-08"])
    sweep_all()
    stopped = order_sweep(actor=admin, reason="2024年底补录历史数据，整体倒查", last_day=today() - timedelta(days=30))
    stop_sweep(number=stopped.number, actor=admin, reason="补录数据有误，待更正后重新倒查")
    codes = ["VIO-08", "VIO-16", "VIO-51", "VIO-52", "VIO-53"]
    running = order_sweep(actor=admin, reason="根据纪委监委建议，对违法处理环节开展倒查", rule_codes=codes)
    for back, part in enumerate(running.parts.order_by("-place")[:8]):
        SweepPart.objects.filter(pk=part.pk).update(done_at=now - timedelta(minutes=5 * back), seconds=4.2, starts=1)
    Sweep.objects.filter(pk=running.pk).update(
        state=Sweep.State.RUNNING, begun_at=now - timedelta(hours=1), rest_until=now + timedelta(hours=1)
    )
    stuck = order_sweep(actor=User.objects.get(username="discipline"), reason="作废重开与撤销线索核查", rule_codes=["VIO-01", "VIO-52"])
    stuck.parts.filter(place=0).update(starts=6)
    Sweep.objects.filter(pk=stuck.pk).update(state=Sweep.State.PAUSED, acted_at=now)
    order_sweep(actor=admin, reason="全部规则全量倒查")


def suppressions() -> None:
    """Some to be decided, in force, and over; one in force holds hits back."""
    first, second, leader = (User.objects.get(username=name) for name in ("first", "second", "leader"))
    burst, asked = Rule.objects.get(code="VIO-08"), {"ceiling": "orange", "expires_on": today() + timedelta(days=30)}
    made = ask_suppression(actor=first, reason="冬季交通秩序专项整治，集中开单属统一部署", rule=burst, owner=second, **asked)
    decide_suppression(number=made.number, actor=leader, approve=True, note="同意，专项整治结束即止")
    later = asked | {"valid_from": today() + timedelta(days=7)}
    made = ask_suppression(actor=first, reason="号段更换期间号牌损耗偏高，已书面说明", rule=Rule.objects.get(code="REG-18"), **later)
    decide_suppression(number=made.number, actor=leader, approve=True)
    ask_suppression(actor=first, reason="驻点上门服务期间非窗口时段办理，经支队批准", subject_kind="unit", subject_code="W1", **asked)
    plate = {"subject_kind": "vehicle", "subject_code": "湘JF0018", "rule": Rule.objects.get(code="VIO-12")}
    ask_suppression(actor=second, reason="公务车辆集中处理，已核实", **plate, **asked)
    refused = ask_suppression(actor=second, reason="该窗口历来如此，不必预警", rule=Rule.objects.get(code="REG-51"), **asked)
    decide_suppression(number=refused.number, actor=leader, approve=False, note="理由不成立，应当整改而不是抑制")
    ended = ask_suppression(actor=first, reason="考场搬迁期间设备调试", rule=Rule.objects.get(code="EXM-51"), **asked)
    decide_suppression(number=ended.number, actor=leader, approve=True)
    end_suppression(number=ended.number, actor=second, note="调试已结束")
    run_out = ask_suppression(actor=first, reason="国庆假期临时增设窗口", rule=Rule.objects.get(code="REG-20"), **asked)
    decide_suppression(number=run_out.number, actor=leader, approve=True)
    past = {"valid_from": today() - timedelta(days=60), "expires_on": today() - timedelta(days=20)}
    Suppression.objects.filter(pk=run_out.pk).update(**past)
    score_pending()


ACTS = {one.__name__: one for one in (history, sweep_some, sweep_all, sweeps, suppressions)}
