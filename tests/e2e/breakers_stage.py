"""What the stage does for breakers: warnings, policies in force, time that goes by; see stage.py, which has set Django up."""

from datetime import timedelta

from django.utils import timezone

from ledger.holds.models import Hold
from ledger.roster.models import Agency, Role, Unit, User
from oversight.breakers import services
from oversight.breakers.evaluating import evaluate_breakers
from oversight.breakers.models import Breaker, BreakerReview
from oversight.cases.models import Case
from risk.alerts.models import Alert
from risk.alerts.sequencer import sequence_events
from tests.builders import make_agency, make_rule, make_transaction
from tests.oversight.breakers.building import make_policy, make_warning
from tests.oversight.cases.building import make_case

STATION = "91430700MA4L2B7X1Q"
DAY = timedelta(days=1)


def people() -> tuple[User, User, User]:
    return tuple(User.objects.get(username=name) for name in ("first", Role.LEADER, Role.DISCIPLINE))  # type: ignore[return-value]


def warned(number: str = "3", code: str = STATION, level: str = "orange") -> None:
    """Warnings about an inspection station, one a day until yesterday, and business of a month."""
    window = Unit.objects.get(code="W1")
    known = Agency.objects.filter(code=code).exists()
    if not known:
        names = {STATION: "安驰机动车检测站"}
        make_agency(window, code=code, name=names.get(code, f"顺达机动车检测站{code[-2:]}"), kind="test_station")
    people = [User.objects.get(username=name) for name in ("first", "second")]
    for day in range(int(number), 0, -1):
        version = make_rule(f"INS-9{Alert.objects.count():02d}", subject_kind="agency", subject_column="agency", title_zh="检测曲线雷同")
        make_warning(window, code, at=timezone.now() - day * DAY, level=level, version=version, people=people)
    for day in range(0 if known else 40):
        kept = {"line": "inspection", "action": "periodic", "agency_code": code, "status": "finished" if day > 2 else "accepted"}
        at = timezone.now() - day * DAY - timedelta(hours=1)
        serial = f"{code[-4:]}{day:04d}"
        make_transaction(window, serial_no=serial, accepted_at=at, person_id_no=f"43070219800101{day:04d}", **kept)
    sequence_events()


def look(days: str = "0") -> None:
    """What the timetable does, as if so many days had gone by."""
    evaluate_breakers(timezone.now() + int(days) * DAY)


def day_passes() -> None:
    """The trip was a day and an hour ago: moments that already are move back, as time would have them."""
    back = timedelta(hours=25)
    for breaker in Breaker.objects.filter(status="open"):
        breaker.tripped_at -= back  # type: ignore[operator]
        breaker.save()


def rectified() -> None:
    """A case about the station that was closed today."""
    first, _leader, discipline = people()
    alert = Alert.objects.filter(subject_code=STATION).earliest("id")
    about = {"number": "AJ-260101-2B7X1Q", "subject_kind": "agency", "subject_code": STATION, "title": "安驰检测站出具虚假报告"}
    closing = {"status": Case.Status.CLOSED, "outcome": "confirmed", "closed_by": discipline, "closed_at": timezone.now()}
    make_case(first, alert, **about | closing)


def breaker_policies() -> None:
    """Policies of every kind armed by somebody else than who wrote them."""
    first, leader, _discipline = people()
    for kind in ("staff", "post", "unit", "agency"):
        make_policy(kind, author=first, armed_by=leader)


def breaker_scenes() -> None:
    """A breaker in every state, one whose lifting waits, an appeal, and one whose end nobody reviewed."""
    first, _leader, discipline = people()
    now = timezone.now()
    for number, (warnings, level) in enumerate(((2, "orange"), (1, "red"), (1, "yellow")), start=1):
        warned(str(warnings), f"91430700MA4L2B7X0{number}", level)
    warned("3")
    warned("4", "91430700MA4L2B7X09")
    look()
    ended = Breaker.objects.get(subject_code="91430700MA4L2B7X09")
    Breaker.objects.filter(pk=ended.pk).update(expires_at=now)
    Hold.objects.filter(cause_number=ended.number).update(lifted_at=now)
    look()
    day_passes()
    rectified()
    tripped = Breaker.objects.get(subject_code=STATION)
    Breaker.objects.filter(pk=tripped.pk).update(tripped_at=now - 2 * DAY)
    services.propose_lift(number=tripped.number, reference="AJ-260101-2B7X1Q", note="验收组三人现场复检20台次，全部合格", actor=first)
    services.appeal(number=tripped.number, text="涉事检测线由厂家远程调试，站方次日即报修，请求提前恢复。", actor=first)
    review = BreakerReview.objects.get(breaker=tripped)
    services.review(number=tripped.number, review_id=review.pk, uphold=True, note="三笔预警均已核实，熔断得当。", actor=discipline)
    services.propose_trip(subject_kind="staff", subject_code="072618", reason="夜间集中办件，涉嫌代他人刷证", actor=first)


ACTS = {one.__name__: one for one in (warned, look, day_passes, rectified, breaker_policies, breaker_scenes)}
