"""Every page × every role, from the one table."""

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path, reverse
from django.utils import timezone

from ledger.intake.models import Discard, Upload
from ledger.journal.models import Delivery
from ledger.roster.models import Role
from oversight import access, errors, urls
from oversight.center.models import SavedView
from risk.alerts.models import RecusalChange
from tests.builders import make_alert, make_refused, make_transaction
from tests.oversight.cases.building import make_case, make_escalation, make_party
from tests.oversight.cast import Cast, logged_in

NOT_THERE = path("forgotten/", lambda request: HttpResponse("open"), name="forgotten")


class WithForgottenPage:
    urlpatterns = [*urls.urlpatterns, NOT_THERE]
    handler404 = urls.handler404


def addresses(cast: Cast) -> dict[str, str]:
    """One address for each page of the resolver, with something real behind it."""
    row = make_transaction(cast.first)
    alert = make_alert(cast.first, evidence=[row])
    refused = make_refused()
    discard = Discard.objects.create(reason="已核实", rows_count=0, asked_by=cast.of[Role.SYSTEM_ADMIN], asked_at=timezone.now())
    given = {"number": alert.number, "identity": f"{row.source}/{row.serial_no}", "row": refused.pk, "discard": discard.pk}
    given |= {"act": "edit"}
    given |= {"source": "manual", "kind": "transactions", "labels": 0, "code": "070001", "shift": 0, "attachment": 0, "token": "0"}
    given |= {"answer": 0, "paper": 0, "proposal": 0}
    delivery = Delivery.objects.create(source="manual", kind="units")
    upload = Upload.objects.create(name="units.csv", size=1, uploaded_by=cast.supervisor, problem="no table")
    view = SavedView.objects.create(owner=cast.supervisor, name="值班默认", query="tab=open", saved_at=timezone.now())
    given |= {"view": view.pk}
    given |= {"delivery": delivery.pk, "upload": upload.pk}
    change = RecusalChange.objects.create(relation="paired", active=False, asked_by=cast.of[Role.SECURITY_ADMIN], asked_at=timezone.now())
    given |= {"pk": change.pk, "version": 0, "no": "REG-A1", "assignment": 0, "day": "2026-03-08"}
    given["pk"] = change.pk
    case = make_case(cast.supervisor, unit=cast.first)
    given |= {"case": case.number, "party": make_party(case, cast.first).pk, "escalation": make_escalation(case, cast.detachment).number}
    given["level"] = case.level
    found = {}
    for name, pattern in access.url_names():
        wanted = pattern.pattern.converters
        found[name] = reverse(name, kwargs={key: given[key] for key in wanted})
    return found


def test_the_table_has_a_row_for_every_page_and_no_other():
    assert {name for name, _pattern in access.url_names()} == set(access.TABLE)
    assert access.every_page_has_its_row(None) == []


@override_settings(ROOT_URLCONF=WithForgottenPage)
def test_a_page_without_a_row_is_closed_to_everybody_and_named_by_the_check(cast: Cast):
    errors = access.every_page_has_its_row(None)
    assert [error.id for error in errors] == ["oversight.E001"]
    assert "forgotten" in errors[0].msg
    for client in (Client(), *(logged_in(user) for user in cast.of.values())):
        assert client.get("/forgotten/").status_code == 404


@pytest.mark.parametrize("method", [pytest.param("get", marks=pytest.mark.services), "post"])
def test_every_page_opens_to_exactly_the_roles_of_its_row(cast: Cast, method: str, monkeypatch: pytest.MonkeyPatch):
    """Refusals by their status: their page, the same for everybody, is read in the test of who can grant access."""
    monkeypatch.setattr(errors, "no_access", lambda request, reason="": HttpResponse(status=403))
    pages, acted = addresses(cast), set[str]()
    for role in Role.values:
        client = logged_in(cast.of[role])
        for name, address in pages.items():
            audience = access.TABLE[name]
            if name == "accounts:logout" or not _told_here(role, audience):
                continue
            if method == "post" and name.startswith("cases:") and access.opens(name, frozenset({Role(role)})):
                # Which act a case allows to whom its own tables tell; here that it answers, once, for each answer draws the case anew.
                if name in acted:
                    continue
                acted.add(name)
            answer = getattr(client, method)(address)
            if audience is access.TOKEN:
                assert answer.status_code == 401, name
                continue
            expected = isinstance(audience, access.Open) or role in audience
            assert (answer.status_code != 403 or _refused_by_the_service(name, role, method)) == expected, (role, name, answer.status_code)
            assert answer.status_code < 500, (role, name)


def _told_here(role: str, audience: access.Audience) -> bool:
    """Whether this database has something to add to what is known of the page. Whom a page opens to is decided without any, so PostgreSQL
    is asked its queries: of who sees all of a unit's, of who sees what their unit has a part in, or else of whoever the page opens to."""
    if connection.vendor != "postgresql":
        return True
    opened = Role.values if isinstance(audience, access.Open) else sorted(audience)
    return role in ({Role.SUPERVISOR, Role.UNIT_OFFICER} & set(opened) or opened[:1])


def _refused_by_the_service(name: str, role: str, method: str) -> bool:
    """The page is open to those who watch; judging by it is refused by the service to all but supervisors, handing over also to leaders.
    What may be done with a case depends on its status and on who handles it, which the tables of cases tell."""
    if name.startswith("measures:") and name.endswith("-propose"):
        # Of unit officers those of the case's business department alone, see tests/oversight/measures/test_offices.py.
        return role == Role.UNIT_OFFICER and role in access.TABLE[name]
    if name.startswith("cases:"):
        return method == "post" and role in access.TABLE[name]
    act = name.removeprefix("center:")
    supervisors_only = act in ("acknowledge", "check", "dismiss", "snooze", "wake", "issue") and role in (Role.LEADER, Role.DISCIPLINE)
    return method == "post" and (supervisors_only or (act == "assign" and role == Role.DISCIPLINE))


@pytest.mark.parametrize("method", ["get", "post"])
def test_somebody_without_a_login_is_led_to_it_and_back(cast: Cast, method: str):
    for name, address in addresses(cast).items():
        answer = getattr(Client(), method)(address)
        if access.TABLE[name] is access.PUBLIC:
            assert answer.status_code in (200, 302, 400, 405), name
        elif access.TABLE[name] is access.TOKEN:
            assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Token"), name
        else:
            assert answer.status_code == 302, name
            following = address if method == "get" else "/"
            assert answer["Location"].startswith("/accounts/login/"), name
            assert answer.wsgi_request.path == address
            assert f"next={following}" in answer["Location"]


def test_a_fragment_of_a_page_whose_login_has_ended_says_so_instead_of_the_login_page(cast: Cast):
    answer = Client().get(reverse("center:duty"), headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert "<html" not in answer.content.decode()


def test_no_access_names_the_security_admin_who_can_grant_it(cast: Cast):
    answer = logged_in(cast.of[Role.AUDIT_ADMIN]).get(reverse("center:alerts"))
    assert answer.status_code == 403
    assert cast.of[Role.SECURITY_ADMIN].name in answer.content.decode()


def test_a_person_without_any_role_reaches_only_their_own_account(cast: Cast):
    from tests.builders import make_user

    client = logged_in(make_user(None, cast.first))
    assert client.get(reverse("accounts:profile")).status_code == 200
    assert client.get(reverse("center:workbench")).status_code == 200
    assert client.get(reverse("center:alerts")).status_code == 403


def test_the_menu_shows_only_pages_that_open(cast: Cast):
    for role in Role.values:
        client = logged_in(cast.of[role])
        page = client.get("/")
        shown = {item["url"] for section in page.context["menu"] for item in section["items"]}
        for address in shown:
            assert client.get(address).status_code == 200, (role, address)
        assert (reverse("trail:entries") in shown) == (role == Role.AUDIT_ADMIN)
