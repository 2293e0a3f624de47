"""Who is told what, in which order, and from where a client goes on."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.contrib.sessions.models import Session
from django.db import connection

from ledger.roster.models import Unit, User
from oversight.live import queries, tokens
from risk.alerts.models import Alert, AlertEvent, StreamHead
from risk.alerts.sequencer import sequence_events
from tests.builders import make_unit
from tests.oversight.live_rig import QUICK, Site, ask, happen, make_alert, make_supervisor, sign_in, site, wait_for, watching

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def detachment() -> Unit:
    return make_unit(code="430700", kind="detachment")


@pytest.fixture
def alice(detachment: Unit) -> User:
    return make_supervisor("alice", detachment)


@pytest.fixture
def served() -> Iterator[Site]:
    with site() as running:
        yield running


# The door


def test_without_a_login_there_is_no_stream(served: Site, alice: User) -> None:
    for key in ("", "x" * 32, "密", "a" * 500, '"\\000"'):
        answer = ask(served.port, key if key.isascii() else "")
        assert answer.status == 401
        assert answer.read()
    assert served.hub.count == 0


def test_a_closed_account_or_an_ended_session_opens_no_stream(served: Site, alice: User) -> None:
    key = sign_in(alice)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert ask(served.port, key).status == 401
    User.objects.filter(pk=alice.pk).update(is_active=True)
    with watching(served.port, key):
        pass
    Session.objects.filter(session_key=key).delete()
    assert ask(served.port, key).status == 401


def test_a_session_from_before_a_change_of_password_opens_no_stream(served: Site, alice: User) -> None:
    key = sign_in(alice)
    alice.set_password("another-long-one")
    alice.save()
    assert ask(served.port, key).status == 401


def test_other_addresses_and_methods_are_refused(served: Site, alice: User) -> None:
    key = sign_in(alice)
    assert ask(served.port, key, path="/sse/other").status == 404
    answer = ask(served.port, key, method="POST")
    assert (answer.status, answer.getheader("Allow")) == (405, "GET")


def test_the_answer_is_a_stream_that_no_proxy_keeps_back(served: Site, alice: User) -> None:
    answer = ask(served.port, sign_in(alice))
    assert answer.getheader("Content-Type") == "text/event-stream; charset=utf-8"
    assert "no-cache" in answer.getheader("Cache-Control", "")
    assert answer.getheader("X-Accel-Buffering") == "no"
    assert answer.readline() == b"retry: 2000\n"
    answer.close()


# Order and resumption


def test_a_first_connect_tells_no_history_and_then_every_event_in_order(served: Site, alice: User, detachment: Unit) -> None:
    happen(make_alert(detachment))
    with watching(served.port, sign_in(alice)) as watcher:
        assert watcher.is_told_nothing()
        alerts = [make_alert(detachment) for _ in range(5)]
        for alert in alerts:
            happen(alert)
        assert watcher.numbers(5) == [alert.number for alert in alerts]


def test_an_event_says_number_kind_level_status_and_backdated_and_no_more(served: Site, alice: User, detachment: Unit) -> None:
    with watching(served.port, sign_in(alice)) as watcher:
        alert = make_alert(detachment)
        happen(alert)
        told = watcher.next()
        assert told.event == "alert"
        assert told.data == {"number": alert.number, "kind": "raised", "level": "red", "status": "new", "backdated": False}


def test_an_event_that_commits_late_with_an_earlier_row_id_is_not_skipped(served: Site, alice: User, detachment: Unit) -> None:
    first, late, last = (make_alert(detachment) for _ in range(3))
    with watching(served.port, sign_in(alice)) as watcher:
        happen(first, id=1001)
        assert watcher.numbers(1) == [first.number]
        happen(late, id=1000)
        happen(last, id=1002)
        assert watcher.numbers(2) == [late.number, last.number]


def test_an_event_without_a_place_in_the_stream_waits_for_the_sequencer(served: Site, alice: User, detachment: Unit) -> None:
    with watching(served.port, sign_in(alice)) as watcher:
        alert = make_alert(detachment)
        happen(alert, sequenced=False)
        assert watcher.is_told_nothing()
        sequence_events()
        assert watcher.numbers(1) == [alert.number]


@pytest.mark.parametrize("by_header", [True, False])
def test_whoever_comes_back_is_told_exactly_what_was_missed(served: Site, alice: User, detachment: Unit, by_header: bool) -> None:
    key = sign_in(alice)
    alerts = [make_alert(detachment) for _ in range(5)]
    with watching(served.port, key) as watcher:
        happen(alerts[0])
        place = watcher.next().id
    for alert in alerts[1:4]:
        happen(alert)
    where = {"last": place} if by_header else {"path": f"/sse/alerts?last={place}"}
    with watching(served.port, key, **where) as watcher:
        happen(alerts[4])
        assert watcher.numbers(4) == [alert.number for alert in alerts[1:]]
        assert watcher.is_told_nothing()


def test_a_page_that_carries_the_place_of_its_rendering_misses_nothing_until_its_stream_opens(
    served: Site, alice: User, detachment: Unit
) -> None:
    happen(make_alert(detachment))
    place = queries.current_place(alice)
    between = make_alert(detachment)
    happen(between)
    with watching(served.port, sign_in(alice), path=f"/sse/alerts?last={place}") as watcher:
        assert watcher.numbers(1) == [between.number]


def test_a_client_that_keeps_coming_back_while_events_pour_in_loses_and_repeats_none(served: Site, alice: User, detachment: Unit) -> None:
    key, alerts = sign_in(alice), [make_alert(detachment) for _ in range(60)]

    def pour() -> None:
        for alert in alerts:
            happen(alert)
        connection.close()

    place, told = queries.current_place(alice), []
    pouring = threading.Thread(target=pour)
    pouring.start()
    # A steady watcher keeps the hub running, so that the other one joins a hub in the middle of its work.
    with watching(served.port, key, last=place) as steady:
        while len(told) < len(alerts):
            with watching(served.port, key, last=place) as watcher:
                for number in watcher.numbers(min(4, len(alerts) - len(told))):
                    told.append(number)
                place = watcher_place(watcher, told)
        pouring.join()
        assert told == [alert.number for alert in alerts]
        assert steady.numbers(len(alerts)) == told


def watcher_place(watcher: object, told: list[str]) -> str:
    """The id of the last event that was taken from the watcher; what it read beyond is as if lost on the way."""
    blocks = watcher.text.split("\n\n")  # type: ignore[attr-defined]
    block = next(block for block in blocks if f'"{told[-1]}"' in block)
    return next(line[4:] for line in block.splitlines() if line.startswith("id: "))


def fill_stream(alert: Alert, count: int) -> None:
    """`count` events with places of their own, as if long sequenced."""
    head = StreamHead.objects.get_or_create(pk=1)[0]
    events = [AlertEvent(alert=alert, kind="changed", at=alert.raised_at, position=head.position + n) for n in range(1, count + 1)]
    AlertEvent.objects.bulk_create(events, batch_size=500)
    StreamHead.objects.filter(pk=1).update(position=head.position + count)


def test_whoever_is_too_far_behind_starts_anew_and_goes_on_live(served: Site, alice: User, detachment: Unit) -> None:
    alert = make_alert(detachment)
    place = queries.current_place(alice)
    fill_stream(alert, queries.REPLAY_TOLD + 1)
    with watching(served.port, sign_in(alice), last=place) as watcher:
        reset = watcher.next()
        assert reset.event == "reset"
        happen(alert)
        assert watcher.next().data["kind"] == "raised"
    with watching(served.port, sign_in(alice), last=reset.id) as watcher:
        assert watcher.next().data["kind"] == "raised"


def test_the_longest_history_that_is_told_arrives_whole(served: Site, alice: User, detachment: Unit) -> None:
    place = queries.current_place(alice)
    fill_stream(make_alert(detachment), queries.REPLAY_TOLD)
    with watching(served.port, sign_in(alice), last=place) as watcher:
        assert len(watcher.numbers(queries.REPLAY_TOLD)) == queries.REPLAY_TOLD
        assert watcher.is_told_nothing()


def test_a_place_nobody_here_gave_starts_anew(served: Site, alice: User, detachment: Unit) -> None:
    happen(make_alert(detachment))
    stranger = tokens.seal_position(0, user_id=alice.pk + 1)
    ahead = tokens.seal_position(99, user_id=alice.pk)
    for last in ("41", "null", stranger, ahead):
        with watching(served.port, sign_in(alice), last=last) as watcher:
            assert watcher.next().event == "reset"


# Who must not know


def test_the_recused_and_the_people_of_other_units_are_told_nothing(served: Site, detachment: Unit) -> None:
    north, south = make_unit(parent=detachment), make_unit(parent=detachment)
    bob, carol, dora = make_supervisor("bob", north), make_supervisor("carol", south), make_supervisor("dora", detachment)
    with (
        watching(served.port, sign_in(bob)) as bobs,
        watching(served.port, sign_in(carol)) as carols,
        watching(served.port, sign_in(dora)) as doras,
    ):
        about_bob, open_to_all = make_alert(north, recused=("bob",)), make_alert(north)
        happen(about_bob)
        happen(open_to_all)
        assert doras.numbers(2) == [about_bob.number, open_to_all.number]
        assert bobs.numbers(1) == [open_to_all.number]
        assert carols.is_told_nothing()
        assert about_bob.number not in bobs.text
        assert "number" not in carols.text


def test_hidden_events_are_not_told_on_coming_back_and_do_not_count_as_being_behind(served: Site, detachment: Unit) -> None:
    bob = make_supervisor("bob", detachment)
    place = queries.current_place(bob)
    fill_stream(make_alert(detachment, recused=("bob",)), queries.REPLAY_TOLD + 100)
    seen = make_alert(detachment)
    happen(seen)
    with watching(served.port, sign_in(bob), last=place) as watcher:
        assert watcher.numbers(1) == [seen.number]
        assert watcher.is_told_nothing()


def test_the_streams_of_one_who_missed_hidden_events_and_one_who_missed_none_look_alike(detachment: Unit) -> None:
    """Neither kinds of blocks nor the length of any line differ; the places themselves are unreadable. Whether a beat falls before or after
    the alert is the clock's."""
    bob, dora = make_supervisor("bob", detachment), make_supervisor("dora", detachment)
    shapes: list[dict[str, tuple[int, int]]] = []
    with site(replace(QUICK, beat=0.3)) as served:
        for user, recused in ((bob, ("bob",)), (dora, None)):
            with watching(served.port, sign_in(user)) as watcher:
                if recused:
                    for _ in range(7):
                        happen(make_alert(detachment, recused=recused))
                happen(make_alert(detachment))
                seen: dict[str, tuple[int, int]] = {}
                while {"alert", "beat"} - seen.keys():
                    block = watcher.block()
                    assert block is not None
                    shape = (len(block.id), len(json.dumps(block.data)))
                    assert seen.setdefault(block.event, shape) == shape
                shapes.append(seen)
    assert shapes[0] == shapes[1]
    assert shapes[0].keys() == {"alert", "beat"}


def test_a_beat_moves_the_place_past_hidden_events(detachment: Unit) -> None:
    bob = make_supervisor("bob", detachment)
    with site(replace(QUICK, beat=0.2)) as served, watching(served.port, sign_in(bob)) as watcher:
        happen(make_alert(detachment, recused=("bob",)))
        wait_for(lambda: tokens.open_token(watcher.last_id, user_id=bob.pk) == 1, what="a beat that carries the new place")
        assert watcher.is_told_nothing()
