"""Screens: a secret made once, used, pinned, run out, revoked, guessed at; what they show to everybody who stands before them."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ledger.audit.models import AuditEntry
from ledger.kit.days import today
from ledger.kit.errors import BadInput, Conflict, NotFound
from ledger.roster.models import Role, Unit
from oversight.wall import throttle
from oversight.wall.keeping import keeper
from oversight.wall.models import DisplayToken
from oversight.wall.services import LONGEST, add_screen, revoke_screen, screen_of
from tests.builders import make_alert, make_rule, make_staff, make_unit, make_user
from tests.oversight.cast import Cast, logged_in

pytestmark = [pytest.mark.django_db, pytest.mark.services]
FIGURE = re.compile(r'<a class="w-n[^"]*" href="([^"]+)"[^>]*>([\d,]+)</a>')
NOW = datetime.now(UTC)
SCREEN = "/wall/screen/"


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    keeper.clear()
    cache.clear()
    yield
    keeper.clear()
    cache.clear()


def made(cast: Cast, unit: Unit | None = None, *, name: str = "指挥大厅", **options: Any) -> tuple[DisplayToken, str]:
    given = {"valid_until": today() + timedelta(days=30), "actor": cast.of[Role.SYSTEM_ADMIN]} | options
    return add_screen(name=name, unit_code=(unit or cast.detachment).code, **given)


def connected(secret: str) -> Client:
    client = Client()
    assert client.post(SCREEN, {"secret": secret}).status_code == 302
    return client


def board(client: Client) -> str:
    keeper.clear()
    answer = client.get(SCREEN, {"fragment": "board"})
    assert answer.status_code == 200
    return answer.content.decode()


def number_of(html: str, query: str) -> int:
    return next(int(number) for url, number in FIGURE.findall(html) if unescape(url) == f"/wall/alerts/?{query}")


def test_a_screen_is_connected_once_and_shows_the_wall_without_a_login(cast: Cast):
    screen, secret = made(cast)
    make_alert(cast.first, level="red")
    asked = Client().get(SCREEN)
    assert asked.status_code == 200 and 'name="secret"' in asked.content.decode() and "data-block" not in asked.content.decode()
    client = connected(secret)
    cookie = client.cookies["mj_screen"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (SCREEN, True, "Lax")
    page = client.get(SCREEN)
    assert page.status_code == 200 and page["Cache-Control"] == "no-store" and "w-urgent-red" in page.content.decode()
    screen.refresh_from_db()
    assert screen.last_seen_at is not None and screen.last_address == "127.0.0.1"
    assert secret not in page.content.decode() and DisplayToken.objects.get().digest != secret
    actions = list(AuditEntry.objects.filter(target=screen.number).order_by("id").values_list("action", flat=True))
    assert actions == ["screen.added", "screen.connected"]
    assert not any(secret in str(entry.detail) for entry in AuditEntry.objects.all())


def test_every_list_behind_a_screen_asks_for_a_login(cast: Cast):
    client = connected(made(cast)[1])
    make_alert(cast.first)
    urls = {unescape(url) for url, _number in FIGURE.findall(board(client))}
    assert len(urls) > 30
    for url in urls:
        answer = client.get(url)
        assert answer.status_code == 302 and answer["Location"].startswith("/accounts/login/"), url
    assert client.get("/wall/").status_code == 302
    assert client.get("/alerts/").status_code == 302


def test_a_screen_shows_nobodys_name_no_subject_and_no_rule(cast: Cast):
    client = connected(made(cast)[1])
    subject = make_staff(cast.first, staff_no="079911", name="欧阳某某")
    for _each in range(4):
        make_staff(cast.first)
    version = make_rule("DJ-777", title_zh="深夜退办偏高", title_en="Returned late at night")
    alert = make_alert(cast.first, version=version, subject_code=subject.staff_no, level="red")
    for level in ("orange", "blue"):
        make_alert(cast.first, version=version, level=level)
    html = client.get(SCREEN).content.decode() + board(client)
    assert "一大队" in html and number_of(html, "figure=open") == 3
    names = [user.name for user in cast.of.values()]
    assert not [word for word in ("欧阳", "079911", "DJ-777", "深夜", "Returned", alert.number, *names) if word in html]


def test_a_secret_is_refused_when_it_is_wrong_run_out_revoked_or_shown_elsewhere(cast: Cast):
    screen, secret = made(cast)
    assert Client().post(SCREEN, {"secret": f"{secret}x"}).status_code == 400
    assert Client().post(SCREEN, {"secret": ""}).status_code == 400
    client = connected(secret)
    DisplayToken.objects.update(valid_until=today() - timedelta(days=1))
    assert client.get(SCREEN, {"fragment": "board"}).status_code == 401
    DisplayToken.objects.update(valid_until=today(), address="10.0.8.21")
    assert client.get(SCREEN, {"fragment": "board"}).status_code == 401
    assert client.get(SCREEN, {"fragment": "board"}, REMOTE_ADDR="10.0.8.21").status_code == 200
    revoke_screen(number=screen.number, actor=cast.of[Role.SYSTEM_ADMIN])
    ended = client.get(SCREEN, {"fragment": "board"}, REMOTE_ADDR="10.0.8.21")
    assert (ended.status_code, "data-block" in ended.content.decode()) == (401, False)
    assert "data-block" not in client.get(SCREEN, REMOTE_ADDR="10.0.8.21").content.decode()
    assert Client().post(SCREEN, {"secret": secret}, REMOTE_ADDR="10.0.8.21").status_code == 400
    refused = AuditEntry.objects.filter(action="screen.refused").order_by("id").values_list("target", "address")
    assert list(refused) == [("", "127.0.0.1"), (screen.number, "10.0.8.21")]


def test_whoever_guesses_is_stopped_after_a_few_and_others_are_not(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(throttle.time, "time", lambda: 1_800_000_000.0)
    _screen, secret = made(cast)
    for number in range(throttle.WRONG_PER_MINUTE):
        assert Client().post(SCREEN, {"secret": f"guess{number}"}).status_code == 400
    assert Client().post(SCREEN, {"secret": "guess"}).status_code == 429
    assert Client().post(SCREEN, {"secret": secret}).status_code == 429
    assert AuditEntry.objects.filter(action="screen.refused").count() == throttle.WRONG_PER_MINUTE
    assert Client().post(SCREEN, {"secret": secret}, REMOTE_ADDR="10.0.8.21").status_code == 302
    monkeypatch.setattr(throttle.time, "time", lambda: 1_800_000_060.0)
    assert Client().post(SCREEN, {"secret": secret}).status_code == 302


def test_a_screen_that_asks_without_end_is_slowed_down(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(throttle.time, "time", lambda: 1_800_000_000.0)
    monkeypatch.setattr(throttle, "POLLS_PER_MINUTE", 2)
    client = connected(made(cast)[1])
    assert [client.get(SCREEN, {"fragment": "board"}).status_code for _each in range(3)] == [200, 200, 429]


def test_an_alert_hidden_from_somebody_who_watches_is_in_no_figure_of_a_screen(cast: Cast):
    """They stand before the screen and compare it with their own list."""
    client = connected(made(cast)[1])
    watcher = cast.of[Role.DISCIPLINE]
    make_alert(cast.first, level="red", recused=[watcher.staff_no])
    make_alert(cast.first, level="red", subject_code=watcher.staff_no)
    make_alert(cast.second, level="orange")
    html = board(client)
    assert number_of(html, "figure=open") == 1
    assert "w-urgent-orange" in html and "一大队" not in html
    assert number_of(html, "figure=raised&period=year") == 1


def test_somebody_whose_role_has_ended_takes_nothing_off_a_screen(cast: Cast):
    client = connected(made(cast)[1])
    former = make_user(Role.SUPERVISOR, cast.detachment)
    make_alert(cast.first, recused=[former.staff_no])
    assert number_of(board(client), "figure=open") == 0
    former.grants.update(valid_until=today() - timedelta(days=1))
    assert number_of(board(client), "figure=open") == 1


def test_a_screen_counts_its_unit_and_all_below(cast: Cast):
    for unit in (cast.first, make_unit("一中队", kind="squad", parent=cast.first)):
        for _each in range(3):
            make_staff(unit)
        make_alert(unit)
    make_alert(cast.second)
    html = board(connected(made(cast, cast.first)[1]))
    assert number_of(html, "figure=open") == 2 and "二大队" not in html


def test_a_unit_of_a_handful_of_people_is_named_by_no_screen(cast: Cast):
    big, other, small = cast.first, cast.second, make_unit("独人中队", kind="squad", parent=cast.detachment)
    for unit in (big, other):
        for _each in range(5):
            make_staff(unit)
        make_alert(unit)
    make_alert(big)
    make_staff(small)
    make_alert(small)
    html = board(connected(made(cast)[1]))
    assert "独人中队" not in html and "一大队" in html
    assert "二大队" not in html  # or the one other unit would be known
    assert number_of(html, f"figure=open&without={big.code}") == 2
    with pytest.raises(BadInput, match="独人中队"):
        made(cast, small, name="走廊")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"name": " "}, BadInput),
        ({"name": "x" * 61}, BadInput),
        ({"name": "指挥\n大厅"}, BadInput),
        ({"valid_until": today() - timedelta(days=1)}, BadInput),
        ({"valid_until": today() + LONGEST + timedelta(days=1)}, BadInput),
        ({"pinned_to": "10.0.8"}, BadInput),
        ({"name": "指挥大厅"}, Conflict),
    ],
)
def test_what_cannot_be_a_screen_is_refused_and_nothing_written(cast: Cast, changes: dict[str, Any], error: type[Exception]):
    made(cast)
    with pytest.raises(error):
        made(cast, **{"name": "值班室"} | changes)
    assert DisplayToken.objects.count() == 1


def test_an_admin_keeps_the_screens_of_their_own_units_alone(cast: Cast):
    for _each in range(6):
        make_staff(cast.first)
    other = make_user(Role.SYSTEM_ADMIN, cast.second)
    screen, _secret = made(cast, cast.first)
    with pytest.raises(BadInput):
        made(cast, cast.first, name="值班室", actor=other)
    with pytest.raises(NotFound):
        revoke_screen(number=screen.number, actor=other)
    assert screen.name not in logged_in(other).get("/wall/screens/").content.decode()
    assert logged_in(other).post(f"/wall/screens/{screen.number}/revoke/").status_code == 404


def test_a_screen_is_revoked_by_somebody_in_the_database_too(cast: Cast):
    screen, _secret = made(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        DisplayToken.objects.filter(pk=screen.pk).update(revoked_at=NOW)


def test_the_page_makes_lists_and_revokes_screens_and_shows_a_secret_once(cast: Cast):
    admin = logged_in(cast.of[Role.SYSTEM_ADMIN])
    assert "尚无大屏" in admin.get("/wall/screens/").content.decode()
    form = {"name": "指挥大厅", "unit": cast.detachment.code, "valid_until": f"{today() + timedelta(days=365)}", "address": "10.0.8.21"}
    refused = admin.post("/wall/screens/", form | {"valid_until": "tomorrow"})
    assert refused.status_code == 400 and 'value="10.0.8.21"' in refused.content.decode()
    page = admin.post("/wall/screens/", form)
    secret = page.context["made"]["secret"]
    assert page.context["made"]["url"] == f"http://testserver{SCREEN}#{secret}" and page["Cache-Control"] == "no-store"
    assert screen_of(secret, "10.0.8.21") is not None and screen_of(secret, "10.0.8.22") is None
    again = admin.get("/wall/screens/")
    assert secret not in again.content.decode()
    (row,) = again.context["rows"]
    assert (row["name"], row["state"], row["address"]) == ("指挥大厅", "尚未启用", "10.0.8.21")
    assert admin.post(row["revoke_url"]).status_code == 302
    (row,) = admin.get("/wall/screens/").context["rows"]
    assert row["ended"] and row["revoke_url"] == ""
    assert admin.post(f"/wall/screens/{row['number']}/revoke/").status_code == 404
    assert AuditEntry.objects.filter(action="screen.revoked", actor=Role.SYSTEM_ADMIN).count() == 1


def test_screens_of_one_unit_cost_as_one(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("oversight.wall.keeping.time.monotonic", lambda: 1000.0)
    clients = [connected(made(cast, name=f"大屏{number}")[1]) for number in range(4)]
    make_alert(cast.first)
    board(clients[0])
    with CaptureQueriesContext(connection) as asked:
        for client in clients:
            client.get(SCREEN, {"fragment": "board"})
    assert not [query for query in asked.captured_queries if "risk_alert" in query["sql"]]
    assert len(asked) <= 15


def test_the_days_of_a_screen_end_at_midnight(cast: Cast):
    _screen, secret = made(cast, valid_until=date.today() if date.today() >= today() else today())
    assert screen_of(secret, "") is not None
