"""Turns: one thread of a worker scores what is fresh, and whoever asks meanwhile is not forgotten."""

import sys
import threading

import pytest
from django.utils import timezone

from ledger.kit.days import today
from oversight.celery import SWITCH_INTERVAL, take_short_turns
from risk.rules.models import Reach
from risk.scoring import lanes, turns
from risk.scoring.models import DirtyMark, Lane
from risk.scoring.services import Result
from risk.scoring.turns import Turn, score_in_turn


def test_who_asks_while_another_works_is_served_by_that_one():
    turn, begun, go_on, done = Turn(), threading.Event(), threading.Event(), []

    def work() -> None:
        begun.set()
        assert go_on.wait(30)
        done.append(threading.get_ident())

    first = threading.Thread(target=turn.take, args=(work,))
    first.start()
    assert begun.wait(30)
    assert not turn.take(work) and not turn.take(work)
    go_on.set()
    first.join(30)
    assert done == [first.ident, first.ident]
    assert turn.take(work)
    assert len(done) == 3


def test_work_that_fails_gives_the_turn_back():
    turn = Turn()
    with pytest.raises(ZeroDivisionError):
        turn.take(lambda: 1 // 0)
    assert turn.take(lambda: None)


def waiting(*marks: tuple[str, str, bool]) -> None:
    for kind, reach, quiet in marks:
        DirtyMark.objects.create(
            line="exam", subject_kind=kind, reach=reach, quiet=quiet, first_day=today(), last_day=today(), created_at=timezone.now()
        )


def claimed(fresh: bool) -> set[tuple[str, str]]:
    found = set()
    while (lane := lanes.claim(today(), fresh=fresh)) is not None:
        found.add((lane.subject_kind, lane.reach))
    return found


@pytest.mark.django_db
@pytest.mark.services
def test_what_is_fresh_and_what_can_wait_are_two_queues():
    waiting(
        ("staff", Reach.SUBJECT, False), ("staff", Reach.SUBJECT, True), ("agency", Reach.SUBJECT, True), ("staff", Reach.LINKED, False)
    )
    assert claimed(fresh=True) == {("staff", Reach.SUBJECT)}
    Lane.objects.update(lease_until=None)
    assert claimed(fresh=False) == {("agency", Reach.SUBJECT), ("staff", Reach.LINKED)}


def test_a_long_pass_over_what_can_wait_does_not_keep_what_is_fresh(monkeypatch):
    at_rest, go_on, fresh_passes = threading.Event(), threading.Event(), []

    def score(*, budget_seconds: float, fresh: bool) -> Result:
        if fresh:
            fresh_passes.append(budget_seconds)
        else:
            at_rest.set()
            assert go_on.wait(30)
        return Result()

    monkeypatch.setattr(turns, "score_pending", score)
    slow = threading.Thread(target=score_in_turn, kwargs={"budget_seconds": 60})
    slow.start()
    assert at_rest.wait(30)
    score_in_turn(budget_seconds=60)
    assert len(fresh_passes) == 2
    go_on.set()
    slow.join(30)
    assert not slow.is_alive()


def test_the_threads_of_a_worker_hand_the_interpreter_on_sooner_than_by_default():
    before = sys.getswitchinterval()
    try:
        take_short_turns()
        assert sys.getswitchinterval() == pytest.approx(SWITCH_INTERVAL)
        assert before > SWITCH_INTERVAL
    finally:
        sys.setswitchinterval(before)
