"""Recusal, proven from outside: whatever a recused person opens is the same to the letter with and without the alert about them."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import reverse

from ledger.journal.models import Transaction
from ledger.roster.models import Role, Staff
from oversight import access
from oversight.measures.catalogue import KINDS
from oversight.viewer import WATCHERS
from risk.alerts.models import Alert, AlertEvent
from risk.alerts.sequencer import sequence_events
from risk.rules.models import RuleVersion
from tests.builders import grant_role, make_alert, make_post, make_posting, make_rule, make_staff, make_transaction, make_user
from tests.oversight.cast import Cast, logged_in
from tests.oversight.driven import drive, found_offices
from tests.oversight.test_access import addresses

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
UNKNOWN = "YD-202611-QQQQQQ"
# What differs between any two answers: the form's token, and the sealed place in the stream, in which nothing can be read.
PASSING = re.compile(
    r'name="csrfmiddlewaretoken" value="[^"]+"|X-CSRFToken[^}]+}|nonce="[^"]*"|(?:data-(?:stream-)?position|name="place" value)="[^"]*"'
)


@pytest.fixture
def frozen() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def recused_person(cast: Cast, role: str) -> tuple[Client, Staff]:
    """A registrar of the first brigade who also holds a role that watches alerts."""
    staff = make_staff(cast.first, staff_no="071234", name="梁某")
    make_posting(staff, make_post("P1", name="登记岗"), cast.first)
    user = make_user(None, cast.first, username="liang", name="梁某", staff=staff)
    grant_role(user, Role(role), cast.detachment)
    return logged_in(user), staff


def business_of(staff: Staff, cast: Cast) -> tuple[RuleVersion, list[Transaction]]:
    """A rule and transactions of the person, of which others may know whatever there is about them."""
    rows = [make_transaction(cast.first, handler_no=staff.staff_no, accepted_at=NOW - timedelta(days=day, hours=2)) for day in (1, 2)]
    return make_rule("REG-99", title_zh="夜间办理登记"), rows


def about(staff: Staff, cast: Cast, version: RuleVersion, rows: list[Transaction]) -> Alert:
    """An alert about the person, red and fresh, with evidence and a record: what shows up wherever anything does."""
    hidden = make_alert(
        cast.first, version=version, subject_code=staff.staff_no, level="red", evidence=rows, recused=[staff.staff_no], raised_at=NOW
    )
    AlertEvent.objects.create(alert=hidden, kind=AlertEvent.Kind.COMMENTED, at=NOW, actor=cast.supervisor, data={"note": "去看录像"})
    return hidden


def asked(staff: Staff, cast: Cast, role: str) -> list[str]:
    """Every page that the table opens to the role, and the lists as somebody who suspects something would filter them.

    Pages of one thing that the supervisor opens too are left to the supervisor: what is told there follows from who sees the thing.
    """
    of_one = {name for name, pattern in access.url_names() if pattern.pattern.converters}
    spared = (
        {name for name in of_one if access.opens(name, frozenset({Role.SUPERVISOR}))} if role in (Role.LEADER, Role.DISCIPLINE) else set()
    )
    found = [
        address
        for name, address in addresses(cast).items()
        if access.opens(name, frozenset({Role(role)})) and name not in spared | {"accounts:logout"}
    ]
    found += [f"/duty/notices/?fragment={part}" for part in ("count", "list")]
    alerts = reverse("center:alerts")
    for query in (staff.staff_no, staff.name, "REG-99"):
        found.append(f"{alerts}?q={query}")
    found += [f"{alerts}?tab={tab}" for tab in ("mine", "new", "own", "taken", "due", "open", "dismissed", "withdrawn", "all")]
    found += [
        f"{alerts}?tab=open&{one}" for one in ("level=red", "rule=REG-99", f"unit={cast.first.code}", "line=registration", "period=7")
    ]
    found += [f"{alerts}?tab={tab}&fragment=options&of={name}" for tab in ("open", "all") for name in ("line", "unit", "rule")]
    return found


def visit(client: Client, pages: list[str]) -> tuple[dict[str, tuple[int, str]], list[str]]:
    """What the pages answer, and the parts of their lists that are offered to the person, where they are not among the pages."""
    told, parts = {}, {}
    for page in pages:
        answer = client.get(page)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
        told[page] = (answer.status_code, PASSING.sub("", body.decode(errors="replace")))
        for tab in (answer.context or {}).get("tabs") or ():
            if isinstance(tab, dict) and f"{tab.get('url', '')}".startswith("/"):
                parts[f"{tab['url']}"] = True
    return told, [part for part in parts if part not in told]


def of_what_was_done(staff: Staff) -> list[str]:
    """Lists of what becomes of alerts, as somebody who suspects something would ask for it."""
    span = f"from={NOW.date() - timedelta(days=30)}&to={NOW.date() + timedelta(days=30)}"
    return [
        *(f"/measures/{code}/?{span}" for code in KINDS),
        *(f"/documents/?q={query}" for query in (staff.name, "交办")),
        f"/cases/?level=red&unit={staff.unit_code}",
        f"/breakers/propose/?kind=staff&code={staff.staff_no}",
    ]


def unlike(client: Client, numbers: dict[str, str]) -> list[tuple[str, str]]:
    """The addresses that answer otherwise for a number that is hidden than for one that never was."""
    found = []
    for name, pattern in access.url_names():
        room, _colon, page = name.partition(":")
        number = numbers.get("escalations" if page.startswith("escalation-") else page.split("-")[0] if room == "measures" else room, "")
        if not number or len(pattern.pattern.converters) != 1 or access.TABLE[name] is access.ANY:
            continue
        unknown = f"{number[:-6]}QQQQQQ"
        for method in (client.get, client.post):
            here, nowhere = (method(reverse(name, args=[one])) for one in (number, unknown))
            said, unsaid = (PASSING.sub("", answer.content.decode()) for answer in (here, nowhere))
            if here.status_code != nowhere.status_code or said.replace(number, unknown) != unsaid:
                found.append((name, number))
    return found


# What is read from the database differs most for a supervisor, so PostgreSQL is asked that.
ROLES = [
    pytest.param(role, marks=pytest.mark.services if role == Role.SUPERVISOR else ()) for role in sorted(WATCHERS | {Role.SQUAD_LEADER})
]


@pytest.mark.parametrize("role", ROLES)
def test_no_page_differs_for_the_recused_whether_or_not_there_is_an_alert_about_them(cast: Cast, frozen: None, role: str):
    """Nor a case, with whatever hangs on it."""
    client, staff = recused_person(cast, role)
    make_alert(cast.first, level="yellow", raised_at=NOW)
    found_offices(cast)
    pages = asked(staff, cast, role) + of_what_was_done(staff)
    business = business_of(staff, cast)
    sequence_events()
    # Whatever a visit changes (what was seen, what is listed as read) is taken back, so that both visits are first ones.
    cache.clear()
    with transaction.atomic():
        before, tabs = visit(client, pages)
        before |= visit(client, tabs)[0]
        transaction.set_rollback(True)
    hidden = about(staff, cast, *business)
    numbers = drive(hidden, staff, cast, NOW)
    sequence_events()
    cache.clear()
    after, _tabs = visit(client, pages + tabs)
    assert {page: told for page, told in after.items() if told != before[page]} == {}
    if role == Role.SUPERVISOR:  # to whom most addresses are open
        assert unlike(client, numbers) == []


LISTS = {
    "cases": "/cases/?tab=handling",
    "watched": "/aftercare/",
    "orders": "/orders/",
    "escalations": "/cases/escalations/",
    "breakers": "/breakers/",
    "documents": "/documents/",
    **{code: f"/measures/{code}/" for code in KINDS},
}


def test_others_see_what_is_hidden_from_the_recused_in_every_list(cast: Cast, frozen: None):
    """Or the test above would compare nothing with nothing."""
    _client, staff = recused_person(cast, Role.SUPERVISOR)
    found_offices(cast)
    hidden = about(staff, cast, *business_of(staff, cast))
    numbers = drive(hidden, staff, cast, NOW)
    others = logged_in(cast.supervisor)
    assert hidden.number in others.get(f"{reverse('center:alerts')}?tab=open").content.decode()
    assert set(LISTS) == set(numbers)
    assert [name for name, page in LISTS.items() if numbers[name] not in others.get(page).content.decode()] == []


def test_an_address_of_a_hidden_alert_answers_as_one_that_never_was(cast: Cast, frozen: None):
    client, staff = recused_person(cast, Role.SUPERVISOR)
    hidden = about(staff, cast, *business_of(staff, cast))
    for name, pattern in access.url_names():
        if set(pattern.pattern.converters) != {"number"} or access.TABLE[name] != WATCHERS:
            continue
        for method in (client.get, client.post):
            here, nowhere = (method(reverse(name, args=[number])) for number in (hidden.number, UNKNOWN))
            assert here.status_code == nowhere.status_code, name
            said, unsaid = (PASSING.sub("", answer.content.decode()) for answer in (here, nowhere))
            assert said.replace(hidden.number, UNKNOWN) == unsaid, name
    assert hidden.events.count() == 2
