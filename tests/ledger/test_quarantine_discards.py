"""Doing away with rows takes a reason and two people, neither of them concerned."""

from itertools import count
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from ledger.audit.models import AuditEntry
from ledger.intake.models import Discard, Quarantined
from ledger.intake.refused.discards import ask_discard, decide_discard
from ledger.intake.refused.queries import PARTS, open_rows, visible_discards, visible_rows
from ledger.kit.errors import BadInput, Conflict, MingjingError, NotAllowed, NotFound
from ledger.roster.models import Role, Staff, Unit, User
from tests.builders import make_staff, make_user
from tests.ledger.filing import found_town, row, tell

pytestmark = [pytest.mark.django_db, pytest.mark.services]
REASON = "来源系统测试数据，非真实业务"
numbers = count(900_001)


def person(role: str | None, unit: Unit, *, name: str = "", kind: str = "officer", **extra: str) -> User:
    """Somebody none of the town's files names."""
    return make_user(role, unit, staff=make_staff(unit, staff_no=str(next(numbers)), name=name, kind=kind), **extra)


@pytest.fixture
def town(db: None) -> Unit:
    found_town()
    return Unit.objects.get(code="ZD")


@pytest.fixture
def asker(town: Unit) -> User:
    tell(*(row(serial_no=f"B{number}", points="99") for number in range(3)))
    return person(Role.SYSTEM_ADMIN, town, name="赵某")


@pytest.fixture
def decider(town: Unit) -> User:
    return person(Role.SUPERVISOR, town, name="钱某")


def ask(actor: User, **options: str) -> Discard:
    return ask_discard(rows=visible_rows(actor).filter(PARTS["open"]), actor=actor, **{"reason": REASON} | options).discard


def test_rows_are_discarded_by_a_second_person_and_both_acts_are_written_down(asker: User, decider: User) -> None:
    discard = ask(asker)
    assert Quarantined.objects.filter(PARTS["asked"]).count() == 3 == open_rows().count()
    done = decide_discard(discard=discard.pk, approve=True, actor=decider)
    assert (done.rows, done.left_out, done.discard.state) == (3, 0, "approved")
    assert set(Quarantined.objects.values_list("state", "discard_id")) == {("discarded", discard.pk)}
    assert not open_rows().exists()
    acts = AuditEntry.objects.filter(action__startswith="quarantine.").order_by("id").values_list("action", "actor", "target")
    assert list(acts) == [
        ("quarantine.discard_asked", asker.username, str(discard.pk)),
        ("quarantine.discard_approved", decider.username, str(discard.pk)),
    ]


def test_nobody_decides_what_they_asked_for(asker: User, decider: User) -> None:
    discard = ask(asker)
    for approve in (True, False):
        with pytest.raises(NotAllowed):
            decide_discard(discard=discard.pk, approve=approve, note="不同意作废", actor=asker)
    assert Discard.objects.get().state == "asked"


@pytest.mark.parametrize(
    "change",
    [
        lambda discard: {"decided_by": discard.asked_by, "decided_at": timezone.now(), "state": "approved"},
        lambda discard: {"state": "approved"},
        lambda discard: {"decided_at": timezone.now()},
    ],
)
def test_the_database_itself_refuses_one_person_and_half_decisions(asker: User, change: object) -> None:
    discard = ask(asker)
    with pytest.raises(IntegrityError), transaction.atomic():
        Discard.objects.filter(pk=discard.pk).update(**change(discard))  # type: ignore[operator]


def test_a_refusal_says_why_and_frees_the_rows(asker: User, decider: User) -> None:
    discard = ask(asker)
    with pytest.raises(BadInput):
        decide_discard(discard=discard.pk, approve=False, actor=decider)
    done = decide_discard(discard=discard.pk, approve=False, note="请先与来源单位核对", actor=decider)
    assert (done.rows, done.discard.note) == (0, "请先与来源单位核对")
    assert Quarantined.objects.filter(PARTS["open"]).count() == 3
    assert ask(asker).pk != discard.pk


def test_rows_settled_meanwhile_are_left_out_and_told(asker: User, decider: User) -> None:
    discard = ask(asker)
    tell(row(serial_no="B0"))
    tell(row(serial_no="B1", points="99"))
    done = decide_discard(discard=discard.pk, approve=True, actor=decider)
    assert (done.rows, done.left_out) == (1, 2)
    assert list(Quarantined.objects.order_by("id").values_list("state", flat=True)) == ["corrected", "repeated", "discarded", "rejected"]


@pytest.mark.parametrize("reason", ["", "    ", "四个字", "长" * 501])
def test_a_reason_of_five_to_five_hundred_characters_is_needed(asker: User, reason: str) -> None:
    with pytest.raises(BadInput):
        ask(asker, reason=reason)
    assert not Discard.objects.exists()


def test_rows_in_a_request_cannot_be_asked_for_again(asker: User, decider: User) -> None:
    ask(asker)
    with pytest.raises(Conflict):
        ask_discard(rows=Quarantined.objects.all(), reason=REASON, actor=decider)
    with pytest.raises(BadInput):
        ask_discard(rows=Quarantined.objects.none(), reason=REASON, actor=decider)


@pytest.mark.parametrize("role", [role for role in Role.values if role not in (Role.SYSTEM_ADMIN, Role.SUPERVISOR)])
def test_other_roles_may_not_ask(asker: User, town: Unit, role: str) -> None:
    with pytest.raises(NotAllowed):
        ask_discard(rows=Quarantined.objects.all(), reason=REASON, actor=person(role, town))


@pytest.mark.parametrize("role", Role.values)
def test_only_supervisors_inspectors_and_system_admins_decide(asker: User, town: Unit, role: str) -> None:
    discard = ask(asker)
    if role in (Role.SYSTEM_ADMIN, Role.SUPERVISOR, Role.DISCIPLINE):
        assert decide_discard(discard=discard.pk, approve=True, actor=person(role, town)).rows == 3
    else:
        with pytest.raises(NotAllowed):
            decide_discard(discard=discard.pk, approve=True, actor=person(role, town))


def test_auxiliaries_never_decide(asker: User, town: Unit) -> None:
    discard = ask(asker)
    with pytest.raises(NotAllowed):
        decide_discard(discard=discard.pk, approve=True, actor=person(Role.SUPERVISOR, town, kind="auxiliary"))


def concerned_people(town: Unit) -> dict[str, User]:
    """A handler of the rows, somebody another cell of them names, and the leader of their unit."""
    tell(row(serial_no="N", points="99", handler_no="070001", approver_no="０７０００２"))
    leader = person(Role.SUPERVISOR, town, username="leader")
    Unit.objects.filter(code="D1").update(leader_no=leader.staff_no)
    named = {
        name: make_user(Role.SUPERVISOR, town, username=name, staff=Staff.objects.get(staff_no=no))
        for name, no in (("handler", "070001"), ("approver", "070002"))
    }
    return named | {"leader": leader}


def test_nobody_asks_or_decides_about_rows_that_concern_them(town: Unit, decider: User) -> None:
    people = concerned_people(town)
    for person in people.values():
        with pytest.raises(NotAllowed):
            ask_discard(rows=Quarantined.objects.all(), reason=REASON, actor=person)
    discard = ask(decider)
    for person in people.values():
        with pytest.raises(NotAllowed):
            decide_discard(discard=discard.pk, approve=True, actor=person)
    assert Discard.objects.get().state == "asked"


def test_a_handler_sees_neither_the_rows_that_name_them_nor_the_request(town: Unit, decider: User) -> None:
    people = concerned_people(town)
    ask(decider)
    assert not visible_rows(people["handler"]).exists() and not visible_discards(people["handler"]).exists()
    assert visible_rows(decider).count() == 1 == visible_discards(decider).count()
    assert not visible_rows(person(Role.AUDIT_ADMIN, town)).exists() and not visible_discards(person(None, town)).exists()


def test_a_request_that_is_not_there_is_not_found(decider: User) -> None:
    with pytest.raises(NotFound):
        decide_discard(discard=4711, approve=True, actor=decider)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_wins_and_the_other_is_told_who(asker: User, decider: User, town: Unit) -> None:
    discard = ask(asker)
    people = [decider, person(Role.DISCIPLINE, town, name="孙某")]
    start, won, told = Barrier(2), [], []

    def decide(actor: User, approve: bool) -> None:
        try:
            start.wait(10)
            won.append(decide_discard(discard=discard.pk, approve=approve, note="请先与来源单位核对", actor=actor))
        except MingjingError as error:
            told.append(error)
        finally:
            connection.close()

    threads = [Thread(target=decide, args=(person, approve)) for person, approve in zip(people, (True, False), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(won) == 1 and len(told) == 1
    assert isinstance(told[0], Conflict) and won[0].discard.decided_by.name in str(told[0])
