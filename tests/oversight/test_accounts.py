"""Login and what ends it; own account, password and language."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ledger.audit.models import AuditEntry
from oversight.accounts.sessions import IDLE, LONGEST
from oversight.live.sessions import sights
from tests.builders import PASSWORD
from tests.oversight.cast import Cast, logged_in

LOGIN = "/accounts/login/"


def log_in(client: Client, password: str = PASSWORD, **extra: str):
    return client.post(LOGIN, {"username": "supervisor", "password": password, **extra})


def test_a_login_leads_to_the_page_that_was_asked_for_and_is_recorded(cast: Cast):
    client = Client()
    assert log_in(client, next="/alerts/?tab=new")["Location"] == "/alerts/?tab=new"
    entry = AuditEntry.objects.get(action="account.login")
    assert (entry.actor, entry.address) == ("supervisor", "127.0.0.1")


def test_a_login_never_leads_to_another_site(cast: Cast):
    assert log_in(Client(), next="https://elsewhere.example/")["Location"] == "/"


def test_a_wrong_password_says_the_same_as_an_unknown_account_and_is_recorded(cast: Cast):
    wrong = log_in(Client(), "not-the-password")
    unknown = Client().post(LOGIN, {"username": "nobody-here", "password": PASSWORD})
    assert list(wrong.context["form"].non_field_errors()) == list(unknown.context["form"].non_field_errors())
    assert wrong.context["form"].non_field_errors()
    assert list(AuditEntry.objects.order_by("id").values_list("action", "target")) == [
        ("account.login_failed", "supervisor"),
        ("account.login_failed", "nobody-here"),
    ]


def test_five_wrong_passwords_lock_the_login_even_for_the_right_one(cast: Cast):
    client = Client()
    answers = [log_in(client, "not-the-password") for _attempt in range(5)]
    assert answers[-1].status_code == 429
    assert log_in(client).status_code == 429
    assert AuditEntry.objects.filter(action="account.login_locked", target="supervisor").exists()


def test_logging_out_takes_a_post_and_is_recorded(supervisor: Client):
    assert supervisor.get("/accounts/logout/").status_code == 405
    assert supervisor.post("/accounts/logout/")["Location"] == LOGIN
    assert supervisor.get("/").status_code == 302
    assert AuditEntry.objects.filter(action="account.logout", actor="supervisor").count() == 1


def test_every_post_wants_its_token(cast: Cast):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.supervisor)
    for address in ("/accounts/logout/", "/language/", "/accounts/me/password/", "/alerts/YD-1/acknowledge/", "/alerts/YD-1/comment/"):
        assert client.post(address).status_code == 403, address
    assert client.get("/").status_code == 200


@pytest.mark.services
def test_a_login_ends_after_thirty_idle_minutes_and_its_stream_with_it(cast: Cast):
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        client = logged_in(cast.supervisor)
        assert client.get("/").status_code == 200
        clock.shift(IDLE - timedelta(minutes=1))
        key = client.cookies["sessionid"].value
        assert sights([key]).keys() == {key}
        assert client.get("/").status_code == 200
        clock.shift(IDLE - timedelta(minutes=1))
        assert client.get("/").status_code == 200
        clock.shift(IDLE + timedelta(seconds=1))
        assert client.get("/").status_code == 302
        assert sights([key]) == {}


def test_what_a_page_fetches_by_itself_does_not_keep_the_login_open(cast: Cast):
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        client = logged_in(cast.supervisor)
        client.get("/")
        for _minute in range(29):
            clock.shift(timedelta(minutes=1))
            assert client.get("/alerts/duty/").status_code == 200
            assert client.get("/alerts/?fragment=rows").status_code == 200
        clock.shift(timedelta(minutes=1, seconds=1))
        assert client.get("/alerts/duty/", headers={"HX-Request": "true"}).status_code == 401


def test_a_login_ends_after_twelve_hours_however_busy_its_person(cast: Cast):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client, page = logged_in(cast.supervisor), reverse("accounts:profile")  # any page; this one is quickly made
        for _hour in range(int(LONGEST / timedelta(minutes=20)) - 1):
            assert client.get(page).status_code == 200
            clock.shift(timedelta(minutes=20))
        assert client.get(page).status_code == 200
        clock.shift(timedelta(minutes=20))
        assert client.get(page).status_code == 302


def test_the_session_cookie_goes_when_the_browser_is_closed(cast: Cast):
    client = Client()
    log_in(client)
    client.get("/")
    assert client.cookies["sessionid"]["max-age"] == ""
    assert Session.objects.count() == 1


def test_a_new_password_is_checked_recorded_and_ends_the_other_logins(cast: Cast):
    here, there = Client(), Client()
    log_in(here)
    log_in(there)
    wrong = here.post("/accounts/me/password/", {"old_password": "no", "new_password1": "x", "new_password2": "y"})
    assert wrong.status_code == 422
    given = {"old_password": PASSWORD, "new_password1": "lantern-river-9", "new_password2": "lantern-river-9"}
    assert here.post("/accounts/me/password/", given)["Location"] == "/accounts/me/"
    assert here.get("/").status_code == 200
    assert there.get("/").status_code == 302
    assert AuditEntry.objects.filter(action="account.password_changed").count() == 1


def test_the_chosen_language_follows_the_person_to_another_computer(cast: Cast):
    here, there = Client(), Client()
    log_in(here)
    assert 'lang="zh-hans"' in here.get("/").content.decode()
    assert here.post("/language/", {"language": "en", "next": "/alerts/"})["Location"] == "/alerts/"
    assert 'lang="en"' in here.get("/").content.decode()
    log_in(there)
    assert 'lang="en"' in there.get("/").content.decode()


def test_an_unknown_language_is_refused_and_no_other_site_is_led_to(cast: Cast):
    client = logged_in(cast.supervisor)
    assert client.post("/language/", {"language": "tlh"}).status_code == 400
    assert client.post("/language/", {"language": "en", "next": "//elsewhere.example/"})["Location"] == "/"


def test_the_profile_shows_the_roles_with_their_units_and_the_last_logins(cast: Cast):
    client = Client()
    log_in(client, "not-the-password")
    log_in(client)
    page = client.get(reverse("accounts:profile"))
    assert [role["unit"] for role in page.context["roles"]] == ["交警支队"]
    assert len(page.context["logins"]) == 2
    assert cast.supervisor.staff_no not in page.content.decode()
