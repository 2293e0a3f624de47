"""The ledger of a journey: three months of an agency whose agents keep to one handler, a transaction with a trail, and an alert on it."""

from datetime import UTC, datetime, timedelta

from ledger.columns.services import rebuild
from ledger.journal.models import Batch, Delivery, Version
from ledger.roster.models import Post, Unit
from risk.alerts.sequencer import sequence_events
from tests.builders import make_agency, make_alert, make_posting, make_rule, make_staff, make_transaction

SERIAL, CITIZEN = "2611999001", "430702196001010001"
AGENTS = [f"4307021985{number:02d}{number + 10:02d}00{number % 10}X" for number in range(1, 13)]


def ledger() -> None:
    window, now = Unit.objects.get(code="W1"), datetime.now(UTC)
    post = Post.objects.get(code="P1")
    names = ("众诚机动车代办服务部", "顺达代办点", "鸿运登记服务站")
    agencies = [make_agency(window, code=f"JG{number:03d}", name=name) for number, name in enumerate(names)]
    handlers = [make_staff(window, staff_no=f"0726{30 + number}", name=f"{name}某") for number, name in enumerate("赵钱孙李周")]
    for staff in handlers:
        make_posting(staff, post, window)
    steps = [("accept", 0), ("examine", 6), ("review", 13), ("approve", 21), ("issue", 30)]
    for day in range(84):
        for number in range(1 + day * 7 % 3):
            key = day * 5 + number * 3
            make_transaction(
                window,
                serial_no=f"2611{day:03d}{number:02d}",
                handler_no=handlers[key % 7 % 5].staff_no,
                agency_code=agencies[key % 5 % 3].code,
                agent_id_no=AGENTS[key * key % 12],
                person_id_no=f"43070219{61 + key % 39}0101{key % 1000:03d}1",
                plate_no=f"湘J{10000 + 37 * key % 90000}",
                accepted_at=now - timedelta(days=day, hours=2 + number),
                steps=steps,
            )
    row = make_transaction(
        window,
        serial_no=SERIAL,
        post_code="P1",
        handler_no=handlers[0].staff_no,
        approver_no=handlers[1].staff_no,
        agency_code=agencies[0].code,
        agent_id_no=AGENTS[0],
        person_id_no=CITIZEN,
        vin="LSVAU2180N2183294",
        terminal="10.43.7.21",
        related_serial="261100000",
        attrs={"use": "A", "phone": "13900001234", "备注": "加急"},
        steps=steps,
    )
    sent = {"source": "manual", "kind": "transactions", "name": "登记窗口十一月.csv", "status": "done"}
    batch = Batch.objects.create(delivery=Delivery.objects.create(**sent), committed_at=now, rows=1, in_columns=True)
    contents = ('{"accepted_at":"2026-11-01T01:00:00Z","amount":12000,"line":"registration"}', '{"amount":9000}')
    for number, content in enumerate(contents, start=1):
        told = {"part": "record", "change": "first" if number == 1 else "alteration", "text": f'{{"content":{content}}}'}
        kept = {"transaction_id": row.pk, "number": number, "batch_id": batch.pk, "arrived_at": now, "leaf": f"{number}" * 64}
        Version.objects.create(**kept, **told)
    version = make_rule("REG-31", detector="frequency", title_zh="退办率偏高")
    make_alert(window, version=version, subject_code=row.handler_no, level="orange", evidence=[row])
    rebuild()
    sequence_events()


ACTS = {"ledger": ledger}
