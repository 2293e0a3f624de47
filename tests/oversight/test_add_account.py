"""Opening the first accounts of an instance."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from ledger.audit.models import AuditEntry
from ledger.roster.accounts import RoleGrant, User
from tests import builders

pytestmark = [pytest.mark.django_db, pytest.mark.services]


def add(monkeypatch, *arguments: str, password: str = "lantern-over-water") -> dict:
    monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
    out = io.StringIO()
    call_command("add_account", *arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture(autouse=True)
def unit():
    return builders.make_unit(code="D1", kind="detachment")


def test_an_account_is_opened_for_a_staff_member_with_a_role_and_leaves_a_trace(monkeypatch, unit):
    builders.make_staff(unit, staff_no="070001", name="张某")
    add(monkeypatch, "zhang", "--role", "supervisor", "--unit", "D1", "--staff", "070001")
    user = User.objects.get(username="zhang")
    assert (user.name, user.staff_no, user.check_password("lantern-over-water")) == ("张某", "070001", True)
    assert RoleGrant.objects.get(user=user).role == "supervisor"
    assert AuditEntry.objects.filter(action="account.opened", target="zhang").exists()


@pytest.mark.parametrize(
    ("arguments", "password", "named"),
    [
        (("a", "--role", "king", "--unit", "D1"), "lantern-over-water", "king"),
        (("a", "--role", "leader", "--unit", "X9"), "lantern-over-water", "X9"),
        (("a", "--role", "leader", "--unit", "D1", "--staff", "1"), "lantern-over-water", "1"),
        (("a", "--role", "leader", "--unit", "D1"), "123", "10"),
    ],
)
def test_what_does_not_fit_is_named_and_nothing_is_opened(monkeypatch, arguments, password, named):
    with pytest.raises(CommandError, match=named):
        add(monkeypatch, *arguments, password=password)
    assert not User.objects.exists()


def test_nobody_gets_two_of_the_three_admin_roles(monkeypatch):
    add(monkeypatch, "sys", "--role", "system_admin", "--unit", "D1")
    with pytest.raises(CommandError, match="sys"):
        add(monkeypatch, "sys", "--role", "audit_admin", "--unit", "D1")
    assert RoleGrant.objects.count() == 1
