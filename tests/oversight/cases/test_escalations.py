"""提级督办: by deadline, by level, by repetition, by hand; each step once; received, instructed and finished by who stands above."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from ledger.kit.errors import BadInput, Conflict, NotAllowed, NotFound
from ledger.roster.models import Role, RoleGrant
from oversight.cases import closing, conduct, parties
from oversight.cases.acting import replayed
from oversight.cases.escalations import services
from oversight.cases.escalations.grounds import grounds_of
from oversight.cases.escalations.models import Escalation
from oversight.cases.escalations.overdue import escalate_overdue
from oversight.cases.models import Case
from oversight.cases.policy.models import EscalationStep
from oversight.cases.visibility import visible_cases
from tests.builders import grant_role, make_user
from tests.oversight.aftercare.building import close
from tests.oversight.cases.town import Town

pytestmark = pytest.mark.services
YEAR = timedelta(days=366)


def later() -> datetime:
    """After every term of a case opened now."""
    return datetime.now(UTC) + timedelta(days=60)


@pytest.mark.parametrize(
    ("level", "to", "layer"),
    [("blue", "brigade", "unit"), ("yellow", "department", "department"), ("orange", "detachment", "committee")],
)
def test_a_late_case_is_raised_by_the_policy_of_its_level_once(town: Town, level: str, to: str, layer: str):
    case = town.opened(level)
    assert escalate_overdue() == 0
    assert [escalate_overdue(now=later()), escalate_overdue(now=later())] == [1, 0]
    made = Escalation.objects.get()
    assert (made.to_unit.kind, made.to_layer, made.reason, made.step) == (to, layer, "deadline", "deadline:1")
    assert (made.from_unit, made.raised_by) == (town.squad, None)
    assert "一中队" in made.grounds
    with pytest.raises(IntegrityError), transaction.atomic():
        Escalation.objects.create(
            **{field.attname: getattr(made, field.attname) for field in made._meta.fields if field.name not in ("id", "number")}
        )
    assert case.entries.filter(kind="escalation.raised").count() == 1


def test_terms_that_were_kept_raise_nothing(town: Town):
    case = town.opened()
    for party in case.parties.order_by("place"):
        who = town.signer(party)
        parties.sign(number=case.number, party=party.pk, actor=who)
        parties.report_duty(number=case.number, party=party.pk, actor=who, work="已按要求履责完毕")
    assert escalate_overdue(now=later()) == 0


def climbed(case: Case) -> list[tuple[str, str]]:
    return list(case.escalations.filter(reason="deadline").order_by("id").values_list("step", "to_unit__kind"))


def first_end(case: Case) -> datetime:
    return case.parties.order_by("sign_due_at")[0].sign_due_at


@pytest.mark.parametrize(
    ("level", "hours", "kinds"),
    [
        ("blue", 48, ["brigade", "department"]),
        ("yellow", 48, ["department", "detachment"]),
        ("orange", 24, ["detachment", "detachment"]),
        ("red", 24, ["detachment", "discipline"]),
    ],
)
def test_a_case_nobody_answers_climbs_twice_as_it_was_opened_with(town: Town, level: str, hours: int, kinds: list[str]):
    case = town.opened(level)
    # What is edited afterwards moves nothing of it.
    EscalationStep.objects.create(level=level, number=1, after_hours=0, to_layer="unit", to_kind="brigade", addressee="大队内勤")
    end = first_end(case)
    for after, raised in ((0, 1), (hours - 1, 0), (hours, 1), (hours, 0), (hours + 1_000, 0)):
        assert escalate_overdue(now=end + timedelta(hours=after)) == raised, after
    assert climbed(case) == [("deadline:1", kinds[0]), ("deadline:2", kinds[1])]
    first, second = case.escalations.filter(reason="deadline").order_by("id")
    assert second.from_unit == first.to_unit


def test_a_clock_that_stood_still_leaves_who_was_asked_first_their_time(town: Town):
    case = town.opened()
    late = later()
    assert [escalate_overdue(now=late), escalate_overdue(now=late + timedelta(hours=47))] == [1, 0]
    assert escalate_overdue(now=late + timedelta(hours=48)) == 1
    assert len(climbed(case)) == 2


def test_once_answered_a_case_climbs_no_further(town: Town):
    case = town.opened()
    assert escalate_overdue(now=first_end(case)) == 1
    for party in case.parties.all():
        who = town.signer(party)
        parties.sign(number=case.number, party=party.pk, actor=who)
        parties.report_duty(number=case.number, party=party.pk, actor=who, work="已按要求履责完毕")
    assert escalate_overdue(now=later()) == 0
    assert len(climbed(case)) == 1


def test_who_has_the_case_in_hand_has_their_term_before_it_climbs(town: Town):
    case = town.opened()
    end = first_end(case)
    escalate_overdue(now=end)
    services.receive(number=case.escalations.get().number, actor=town.department_officer)
    due = end + timedelta(days=20)
    case.escalations.update(due_at=due)
    assert [escalate_overdue(now=due - timedelta(minutes=1)), escalate_overdue(now=due)] == [0, 1]


def test_a_red_case_is_supervised_from_above_at_once(town: Town):
    town.opened("red")
    assert list(Escalation.objects.values_list("reason", "urgency", "to_layer")) == [("level", "pressing", "committee")]


def test_the_third_case_on_one_subject_is_raised(town: Town):
    for _number in range(2):
        town.opened()
    assert not Escalation.objects.exists()
    third = town.opened()
    assert list(Escalation.objects.values_list("case", "reason")) == [(third.pk, "repetition")]
    Case.objects.update(opened_at=datetime.now(UTC) - YEAR)
    fourth = town.opened()
    assert not fourth.escalations.exists()


def test_cases_of_which_nothing_was_true_are_no_repetition(town: Town):
    for _number in range(2):
        close(town, town.opened(), outcome="unfounded")
    town.opened()
    assert not Escalation.objects.exists()
    close(town, town.opened())
    third = town.opened()
    assert list(Escalation.objects.values_list("case", "reason")) == [(third.pk, "repetition")]


def test_a_reopened_case_goes_the_steps_of_its_policy_anew(town: Town):
    case = town.opened()
    assert escalate_overdue(now=later()) == 1
    finished = {"received_by": town.leader, "received_at": later(), "finished_by": town.leader, "finished_at": later()}
    case.escalations.update(status="finished", **finished)
    close(town, case)
    closing.reopen_case(number=case.number, actor=town.leader, note="整改不到位")
    assert escalate_overdue() == 0
    assert [escalate_overdue(now=later() + YEAR), escalate_overdue(now=later() + YEAR)] == [1, 0]
    assert list(case.escalations.order_by("id").values_list("step", flat=True)) == ["deadline:1", "deadline:1:1"]


def test_a_relapse_counts_like_another_case_on_the_subject(town: Town):
    case = close(town, town.opened())
    closing.reopen_case(number=case.number, actor=town.leader, note="整改不到位")
    for relapses in (1, 2):
        assert not Escalation.objects.exists()
        close(town, case)
        assert closing.reopen_by_system(case=case, grounds="反弹")
        assert case.escalations.count() == relapses - 1
    made = case.escalations.get()
    assert (made.reason, made.step, made.raised_by) == ("repetition", "repetition:3", None)
    assert "反弹" in made.grounds


def test_a_relapse_in_a_sealed_case_raises_nothing(town: Town):
    case = close(town, town.opened())
    Case.objects.filter(pk=case.pk).update(sealed=True, policy=case.policy | {"repeats": 1})
    assert closing.reopen_by_system(case=case, grounds="反弹")
    assert not Escalation.objects.exists()


def test_a_case_is_raised_by_hand_and_who_raised_it_keeps_sight(town: Town):
    case = town.opened()
    raiser = make_user(Role.SUPERVISOR, town.brigade, name="韩某")
    key = f"committee:{town.cast.detachment.code}"
    with pytest.raises(BadInput):
        services.raise_case(number=case.number, actor=raiser, to="committee:nowhere", grounds="久拖不决")
    with pytest.raises(NotAllowed):
        services.raise_case(number=case.number, actor=town.squad_leader, to=key, grounds="大队核查久拖不决")
    made = services.raise_case(number=case.number, actor=raiser, to=key, grounds="大队核查久拖不决")
    with pytest.raises(Conflict, match=made.number):
        services.raise_case(number=case.number, actor=town.supervisor, to=key, grounds="提请支队督办")
    services.receive(number=made.number, actor=town.leader)
    again = services.raise_case(number=case.number, actor=raiser, to=key, grounds="再次提请支队督办")
    assert (made.reason, made.to_layer, again.from_unit) == ("hand", "committee", town.cast.detachment)
    RoleGrant.objects.filter(user=raiser).delete()
    assert not visible_cases(raiser).exists()
    grant_role(raiser, Role.UNIT_OFFICER, town.cast.second)
    assert list(visible_cases(raiser)) == [case]


def test_grounds_are_the_facts_of_the_case_and_are_read_again_when_it_is_raised(town: Town):
    case = town.opened("orange")
    key = services.likely_target(case)
    assert list(grounds_of(case, town.supervisor)) == ["level", "beyond", "other"]
    late = grounds_of(case, town.supervisor, now=later())
    assert list(late) == ["late", "level", "beyond", "other"] and "一中队" in late["late"]
    with pytest.raises(BadInput):  # nobody is late now
        services.raise_case(number=case.number, actor=town.supervisor, to=key, why="late")
    with pytest.raises(BadInput):
        services.raise_case(number=case.number, actor=town.supervisor, to=key, why="other", grounds="慢")
    made = services.raise_case(number=case.number, actor=town.supervisor, to=key, why="level", grounds="请支队协调")
    assert made.grounds == "橙色案件，须由上级督办。\n请支队协调"
    assert case.entries.get(kind="escalation.raised").data["grounds"] == made.grounds


def test_reminders_in_vain_and_repeated_cases_are_grounds(town: Town):
    first = town.opened()
    case = town.opened(alerts=[town.issued(subject_code=first.subject_code)])
    party = case.parties.order_by("place")[0]
    for _time in range(2):
        parties.remind(number=case.number, party=party.pk, actor=town.supervisor)
    found = grounds_of(case, town.supervisor)
    assert list(found) == ["reminded", "repetition", "beyond", "other"]
    assert found["reminded"] == "已催办2次仍未办结。" and "2" in found["repetition"]
    conduct.seal(number=first.number, actor=town.inspector, note="涉嫌违纪")
    assert "repetition" not in grounds_of(case, town.supervisor)


def test_the_likely_target_is_where_the_policy_goes_and_the_case_does_not_stand_yet(town: Town):
    case = town.opened()
    assert services.likely_target(case) == f"department:{town.department.code}"
    services.raise_case(number=case.number, actor=town.supervisor, to=services.likely_target(case), why="beyond")
    assert services.likely_target(case) == f"committee:{town.cast.detachment.code}"
    services.raise_case(number=case.number, actor=town.supervisor, to=services.likely_target(case), why="beyond")
    assert services.likely_target(case) == ""  # both wait to be received
    assert set(services.waiting(case)) == {f"department:{town.department.code}", f"committee:{town.cast.detachment.code}"}
    red = town.opened("red")  # its level has raised it to the committee, beyond which there is nothing
    assert services.likely_target(red) == f"committee:{town.cast.detachment.code}"
    assert "level" not in grounds_of(red, town.supervisor)


def test_the_unit_it_is_raised_to_sees_the_case(town: Town):
    outside = make_user(Role.UNIT_OFFICER, town.cast.centre, name="杨某")
    case = town.opened()
    assert not visible_cases(outside).exists()
    Escalation.objects.create(
        number="DB-1",
        case=case,
        reason="hand",
        step="DB-1",
        from_layer="unit",
        from_unit=town.squad,
        to_layer="department",
        to_unit=town.cast.centre,
        grounds="需协查",
        due_at=later(),
        raised_at=datetime.now(UTC),
    )
    assert list(visible_cases(outside)) == [case]
    conduct.seal(number=case.number, actor=town.inspector, note="涉嫌违纪")
    assert not visible_cases(outside).exists()


def test_who_stands_above_receives_instructs_and_finishes(town: Town):
    case = town.opened("orange")
    escalate_overdue(now=later())
    number = Escalation.objects.get().number
    with pytest.raises(NotAllowed):
        services.receive(number=number, actor=town.supervisor)
    with pytest.raises(NotFound):
        services.receive(number=number, actor=make_user(Role.LEADER, town.cast.second))
    due = later() + timedelta(days=3)
    services.instruct(number=number, actor=town.leader, note="三日内查清", due_at=due)
    with pytest.raises(Conflict, match=str(town.leader)):
        services.receive(number=number, actor=town.other)
    services.instruct(number=number, actor=town.other, note="同意,抓紧办理")
    services.finish(number=number, actor=town.other, note="已查清,同意办结")
    made = Escalation.objects.get()
    assert (made.status, made.instruction, made.received_by, made.due_at) == ("finished", "同意,抓紧办理", town.leader, due)
    assert replayed(list(case.entries.order_by("id")), number) == "finished"
    assert case.entries.filter(kind="escalation.instructed").count() == 2


def test_who_raised_it_is_not_content_with_it_and_the_case_does_not_close_before(town: Town):
    case = town.opened()
    made = services.raise_case(number=case.number, actor=town.leader, to=f"committee:{town.cast.detachment.code}", grounds="支队关注此案")
    services.receive(number=made.number, actor=town.leader)
    with pytest.raises(NotAllowed):
        services.finish(number=made.number, actor=town.leader, note="已查清,同意办结")
    assert any(made.number in text for text in closing.obstacles(case))
    with pytest.raises(IntegrityError), transaction.atomic():
        Escalation.objects.filter(pk=made.pk).update(status="finished", finished_by=town.leader, finished_at=datetime.now(UTC))
    services.finish(number=made.number, actor=town.other, note="已查清,同意办结")
    assert not any(made.number in text for text in closing.obstacles(case))


def test_a_sealed_case_is_not_raised_by_the_clock(town: Town):
    case = town.opened()
    conduct.seal(number=case.number, actor=town.inspector, note="涉嫌违纪")
    assert escalate_overdue(now=later()) == 0
