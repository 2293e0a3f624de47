"""值班: on duty once, handed over to who may read it, forgotten shifts closed, and the history of who was there when."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connections, transaction
from django.test import Client
from django.utils import timezone

from ledger.audit.models import AuditEntry
from ledger.kit.errors import BadInput, Conflict, NotAllowed, NotFound
from ledger.roster.models import Role, User
from oversight.duty import services
from oversight.duty.models import DutyShift, HandoverRead
from oversight.duty.queries import handovers_to_read, note_for, open_shifts
from tests.builders import make_alert, make_user
from tests.oversight.cast import Cast, logged_in, make_cast
from tests.oversight.test_center_lists import rows_of


@pytest.fixture
def other(cast: Cast) -> User:
    return make_user(Role.SUPERVISOR, cast.detachment, username="other", name="韩某")


def worked(user: User, note: str = "", *, hours_ago: float = 1, **extra: object) -> DutyShift:
    """A shift of eight hours that ended so long ago."""
    ended = timezone.now() - timedelta(hours=hours_ago)
    return DutyShift.objects.create(user=user, started_at=ended - timedelta(hours=8), ended_at=ended, note=note, **extra)


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_person_is_on_duty_once_however_often_they_press_at_the_same_moment():
    cast = make_cast()

    def start(_number: int) -> bool:
        try:
            services.start_shift(actor=cast.supervisor)
        except Conflict:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(start, range(4))) == 1
    assert open_shifts().count() == 1


@pytest.mark.services
def test_the_database_refuses_a_second_open_shift_and_one_that_hands_over_to_oneself(cast: Cast):
    services.start_shift(actor=cast.supervisor)
    now = timezone.now()
    for fields in (
        {},
        {"ended_at": now - timedelta(days=1)},
        {"ended_at": now, "handed_to": cast.supervisor},
        {"ended_at": now, "closed_late": True, "note": "x"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            DutyShift.objects.create(user=cast.supervisor, started_at=now, **fields)


def test_only_supervisors_go_on_duty(cast: Cast):
    for role in set(Role.values) - {Role.SUPERVISOR}:
        with pytest.raises(NotAllowed):
            services.start_shift(actor=cast.of[role])


def test_several_are_on_duty_together_and_the_strip_says_who(cast: Cast, supervisor: Client, other: User):
    assert supervisor.get("/alerts/").context["duty"]["shift"]["text"] == "现无人值班"
    supervisor.post("/duty/start/", {"next": "/alerts/"})
    services.start_shift(actor=other)
    shift = supervisor.get("/alerts/").context["duty"]["shift"]
    assert (shift["on"], "韩某" in shift["text"], shift["start_url"]) == (True, True, "")
    page = logged_in(cast.of[Role.LEADER]).get("/alerts/")
    assert "韩某" in page.context["duty"]["shift"]["text"]
    assert "data-duty-start" not in page.content.decode()
    assert 'id="duty"' in page.content.decode()
    assert "data-on-duty" not in page.content.decode()
    assert "data-on-duty" in supervisor.get("/alerts/duty/").content.decode()


def test_one_press_goes_on_duty_and_back_to_the_page_it_was_pressed_on(supervisor: Client):
    assert supervisor.post("/duty/start/", {"next": "/alerts/?tab=open"}).url == "/alerts/?tab=open"
    assert supervisor.post("/duty/start/", {"next": "https://elsewhere.example/"}).url == "/"
    assert AuditEntry.objects.filter(action="duty.started").count() == 1


def test_what_was_handed_over_is_read_and_confirmed_before_going_on_duty(cast: Cast, supervisor: Client, other: User):
    shift = worked(other, "众诚代办点等书面意见", handed_to=cast.supervisor)
    page = supervisor.post("/duty/start/", {"next": "/"})
    assert page.status_code == 200
    assert "众诚代办点等书面意见" in page.content.decode()
    assert supervisor.post("/duty/start/", {"asked": "1"}).status_code == 422
    assert not open_shifts().exists()
    assert supervisor.get("/").context["handovers"][0]["to_me"]
    assert supervisor.post("/duty/start/", {"asked": "1", "read": shift.pk}).url == "/"
    assert open_shifts().get().user == cast.supervisor
    assert supervisor.get("/").context["handovers"] == []
    assert HandoverRead.objects.get().shift == shift


def test_whoever_is_on_duty_meanwhile_confirms_on_the_workbench_and_only_once(cast: Cast, supervisor: Client, other: User):
    services.start_shift(actor=cast.supervisor)
    shift = worked(other, "夜间断档40分钟", hours_ago=0)
    assert "夜间断档40分钟" in supervisor.get("/").content.decode()
    supervisor.post(f"/duty/{shift.pk}/read/")
    assert supervisor.get("/").context["handovers"] == []
    with pytest.raises(NotFound):
        services.confirm_handover(actor=cast.supervisor, shift=shift.pk)


def test_own_old_and_earlier_handovers_are_not_to_be_read(cast: Cast, other: User):
    worked(cast.supervisor)
    worked(other, hours_ago=49)
    worked(other, hours_ago=2)
    fresh = worked(other, hours_ago=0.5)
    assert handovers_to_read(cast.supervisor, timezone.now()) == [fresh]


@pytest.mark.services
def test_a_line_about_an_alert_is_read_by_those_who_may_see_it_and_leaves_no_trace_with_others(cast: Cast, other: User):
    recused = make_user(Role.SUPERVISOR, cast.detachment, name="梁某")
    alert = make_alert(cast.first, level="red", subject_code=recused.staff_no)
    services.start_shift(actor=other)
    services.end_shift(actor=other, note=f"监控已恢复\n{alert.number.lower()} 等当事人说明\n交班完毕")
    shift = DutyShift.objects.get()
    assert note_for(shift, cast.supervisor).splitlines()[1].endswith("等当事人说明")
    assert note_for(shift, recused) == "监控已恢复\n交班完毕"
    page = logged_in(recused).get("/duty/").content.decode()
    assert "监控已恢复" in page
    assert "等当事人说明" not in page


def test_a_note_of_the_whole_detachment_is_not_for_who_sees_one_brigade(cast: Cast, other: User):
    narrow = make_user(Role.SUPERVISOR, cast.first, name="郭某")
    worked(other, "二大队的事")
    assert handovers_to_read(narrow, timezone.now()) == []
    assert "二大队的事" not in logged_in(narrow).get("/duty/").content.decode()
    worked(narrow, "一大队的事")
    assert "一大队的事" in logged_in(cast.supervisor).get("/duty/").content.decode()


def test_a_note_that_names_an_unknown_alert_or_a_stranger_is_refused_and_stays_typed(cast: Cast, supervisor: Client, other: User):
    services.start_shift(actor=cast.supervisor)
    page = supervisor.post("/duty/end/", {"note": "YD-261123-AAAAAA 已核", "handed_to": "other"})
    assert page.status_code == 422
    assert page.context["typed"] == {"note": "YD-261123-AAAAAA 已核", "handed_to": "other"}
    for given in ({"handed_to": "leader"}, {"handed_to": "nobody-here"}, {"note": "长" * 2001}, {"handed_to": "supervisor"}):
        assert supervisor.post("/duty/end/", given).status_code == 422
    assert open_shifts().exists()
    assert supervisor.post("/duty/end/", {"note": "无", "handed_to": "other"}).url == "/"
    assert supervisor.post("/duty/end/", {"note": "再交"}).url == "/"
    assert DutyShift.objects.get().note == "无"
    with pytest.raises(BadInput):
        services.start_shift(actor=other)


def test_the_open_items_of_a_handover_are_counted_as_the_lists_they_open(cast: Cast, supervisor: Client, other: User):
    for level, number in (("red", 2), ("orange", 3), ("blue", 1)):
        for _ in range(number):
            make_alert(cast.first, level=level)
    make_alert(cast.first, level="red", subject_code=cast.supervisor.staff_no)
    services.start_shift(actor=cast.supervisor)
    page = supervisor.get("/duty/end/")
    assert [(one["level"], one["count"]) for one in page.context["levels"]] == [("red", 2), ("orange", 3), ("yellow", 0), ("blue", 1)]
    for one in page.context["levels"]:
        assert len(rows_of(supervisor, one["url"])) == one["count"]
    assert len(rows_of(supervisor, page.context["own"]["url"])) == page.context["own"]["count"]


@pytest.mark.services
def test_a_forgotten_shift_is_closed_once_as_of_its_longest_and_says_so(cast: Cast, supervisor: Client, other: User):
    began = timezone.now() - timedelta(hours=20)
    DutyShift.objects.create(user=other, started_at=began)
    services.start_shift(actor=cast.supervisor)
    assert (services.close_forgotten(), services.close_forgotten()) == (1, 0)
    shift = DutyShift.objects.get(user=other)
    assert (shift.closed_late, shift.ended_at) == (True, began + services.LONGEST)
    assert [one.user for one in open_shifts()] == [cast.supervisor]
    text = supervisor.get("/duty/").content.decode()
    assert "14小时" in text
    assert supervisor.get("/").context["handovers"][0]["late"]


def test_the_history_tells_who_was_on_duty_on_a_day_and_pages(cast: Cast, supervisor: Client, other: User):
    now = timezone.now()
    for number in range(55):
        start = now - timedelta(days=60 + number)
        DutyShift.objects.create(user=other, started_at=start, ended_at=start + timedelta(hours=9), note="夜班平稳")
    page = supervisor.get("/duty/")
    assert (len(page.context["rows"]), page.context["total"]) == (50, 55)
    assert len(supervisor.get(page.context["next_url"]).context["rows"]) == 5
    day = (now - timedelta(days=70)).date()
    assert 1 <= len(supervisor.get(f"/duty/?day={day}").context["rows"]) <= 2
    assert supervisor.get("/duty/?day=2020-01-01").context["empty"]["action_url"] == "/duty/"
    assert supervisor.get("/duty/?day=nonsense&before=x").status_code == 200


def test_an_audit_admin_reads_who_was_there_and_no_note(cast: Cast, other: User):
    worked(other, "众诚代办点等书面意见")
    text = logged_in(cast.of[Role.AUDIT_ADMIN]).get("/duty/").content.decode()
    assert "韩某" in text
    assert "众诚代办点等书面意见" not in text
    assert "众诚代办点等书面意见" in logged_in(cast.of[Role.LEADER]).get("/duty/").content.decode()
