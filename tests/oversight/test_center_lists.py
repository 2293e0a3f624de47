"""The alerts list: every figure equals the list it opens, whoever looks; pages never skip or repeat."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ledger.roster.models import Role
from oversight.center.lists import FIRST
from risk.alerts.models import Alert
from tests.builders import make_agency, make_alert, make_rule, make_staff, make_transaction, make_unit, make_user
from tests.oversight.cast import Cast, logged_in

S = Alert.Status
MOST_QUERIES = 22


def rows_of(client: Client, address: str) -> list[str]:
    """The alert numbers behind an address, one by one, through all its pages."""
    numbers: list[str] = []
    following: str | None = address if "by=" in address else f"{address}{'&' if '?' in address else '?'}by=alert"
    while following:
        page = client.get(following)
        numbers += [row["number"] for row in page.context["alerts"]]
        following = page.context["next_url"]
    return numbers


def options_of(client: Client, address: str, name: str) -> list[dict[str, Any]]:
    """What a filter of the list behind an address offers when it is opened."""
    asked = next(one["url"] for one in client.get(address).context["filters"]["asked"] if one["url"].endswith(f"of={name}"))
    return client.get(asked).context["options"]


@pytest.fixture
def mixed(cast: Cast) -> list[Alert]:
    """Alerts of several levels, lines, units, rules, states and ages; some taken by the supervisor, one from old data."""
    returns, nights = make_rule("DJ-014"), make_rule("KS-003", line="exam", subject_kind="agency", subject_column="agency")
    agency = make_agency(cast.first, name="众诚代办点")
    now = datetime.now(UTC)
    made = []
    for number, (level, status) in enumerate(
        [("red", S.NEW), ("orange", S.NEW), ("orange", S.RECURRED), ("yellow", S.ACKNOWLEDGED), ("blue", S.CHECKING), ("red", S.DISMISSED)]
        * 3
    ):
        unit = (cast.first, cast.second)[number % 2]
        subject = {"version": nights, "subject_code": agency.code, "bucket": 1000 + number} if number % 3 == 0 else {"version": returns}
        handler = cast.supervisor if status in (S.ACKNOWLEDGED, S.CHECKING, S.DISMISSED) and number % 4 else None
        age = timedelta(days=number * 3)
        made.append(
            make_alert(
                unit, level=level, status=status, raised_at=now - age, due_at=now + timedelta(hours=number), handler=handler, **subject
            )
        )
    made.append(make_alert(cast.first, version=returns, level="red", backdated=True, due_at=None))
    return made


@pytest.mark.parametrize("role", [pytest.param(Role.SUPERVISOR, marks=pytest.mark.services), Role.LEADER, Role.DISCIPLINE])
def test_the_count_of_every_tab_equals_the_list_it_opens(cast: Cast, mixed: list[Alert], role: str):
    client = logged_in(cast.of[role])
    for tab in client.get("/alerts/").context["tabs"]:
        opened = rows_of(client, tab["url"])
        assert (tab["key"], len(opened)) == (tab["key"], tab["count"])
        assert len(set(opened)) == len(opened)
        assert client.get(tab["url"]).context["total"] == tab["count"]


@pytest.mark.services
def test_the_count_of_every_level_equals_the_list_it_opens_whatever_else_is_set(cast: Cast, mixed: list[Alert], supervisor: Client):
    for address in ("/alerts/", "/alerts/?tab=open&line=exam", f"/alerts/?tab=open&unit={cast.first.code}&period=30", "/alerts/?q=众诚"):
        for level in supervisor.get(address).context["filters"]["levels"]:
            assert (level["key"], len(rows_of(supervisor, level["url"]))) == (level["key"], level["count"]), address


@pytest.mark.services
@pytest.mark.parametrize("view", ["tab=open", "tab=open&level=red", "tab=dismissed&period=30", "tab=all&q=众诚", "tab=open&by=alert"])
def test_every_option_of_a_filter_says_how_many_the_list_has_that_it_opens(cast: Cast, mixed: list[Alert], supervisor: Client, view: str):
    for name in ("line", "unit", "rule"):
        everything, *found = options_of(supervisor, f"/alerts/?{view}", name)
        assert (everything["selected"], everything["count"]) == (True, None)
        assert [option["count"] for option in found] == sorted((option["count"] for option in found), reverse=True)
        for option in found:
            assert f"{name}=" in option["url"] and len(rows_of(supervisor, option["url"])) == option["count"] > 0
            chosen = options_of(supervisor, option["url"], name)
            assert [(one["url"], one["count"]) for one in chosen] == [(one["url"], one["count"]) for one in (everything, *found)]
            assert [one["label"] for one in chosen if one["selected"]] == [option["label"]]
            shown = next(one for one in supervisor.get(option["url"]).context["filters"]["asked"] if one["url"].endswith(f"of={name}"))
            assert shown["chosen"] == option["label"]
    assert len(options_of(supervisor, "/alerts/?tab=open", "unit")) == 3


def test_options_of_what_ended_are_counted_as_far_as_its_figures(
    cast: Cast, mixed: list[Alert], supervisor: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("oversight.center.lists.COUNTED_MOST", 1)
    for option in options_of(supervisor, "/alerts/?tab=all", "unit")[1:]:
        context = supervisor.get(option["url"]).context
        assert (option["count"], option["more"]) == (context["total"], context["total_more"]) == (1, True)


def test_a_value_that_nothing_has_stays_among_the_options_and_an_unknown_filter_is_no_filter(
    cast: Cast, mixed: list[Alert], supervisor: Client
):
    found = options_of(supervisor, "/alerts/?tab=open&unit=nowhere", "unit")
    assert [(one["label"], one["count"]) for one in found if one["selected"]] == [("nowhere", 0)]
    assert supervisor.get("/alerts/?tab=open&fragment=options&of=subject_code").templates[0].name == "center/alerts.html"


def test_the_first_tab_shows_every_new_alert_and_what_this_person_has_taken(cast: Cast, mixed: list[Alert], supervisor: Client):
    expected = {alert.number for alert in mixed if alert.status in (S.NEW, S.RECURRED)}
    expected |= {alert.number for alert in mixed if alert.handler == cast.supervisor and alert.status in (S.ACKNOWLEDGED, S.CHECKING)}
    assert set(rows_of(supervisor, "/alerts/")) == expected


def test_open_alerts_stand_by_level_then_deadline_and_those_without_a_clock_last(cast: Cast, mixed: list[Alert], supervisor: Client):
    by_number = {alert.number: alert for alert in mixed}
    found = [by_number[number] for number in rows_of(supervisor, "/alerts/?tab=open")]
    far = datetime.now(UTC) + timedelta(days=999)
    assert found == sorted(found, key=lambda alert: (-alert.level_rank, alert.due_at or far, alert.pk))


@pytest.mark.services
@pytest.mark.parametrize("tab", ["open", "dismissed"])
def test_pages_neither_skip_nor_repeat_when_deadlines_are_equal_or_missing(cast: Cast, supervisor: Client, tab: str):
    version, moment = make_rule(), datetime.now(UTC)
    status = S.NEW if tab == "open" else S.DISMISSED
    made = {
        make_alert(cast.first, version=version, status=status, raised_at=moment, due_at=moment if i % 3 else None).number
        for i in range(120)
    }
    pages = rows_of(supervisor, f"/alerts/?tab={tab}")
    assert len(pages) == 120
    assert set(pages) == made


def test_the_address_of_a_page_holds_no_number_that_could_be_counted(cast: Cast, supervisor: Client):
    version = make_rule()
    alerts = [make_alert(cast.first, version=version) for _number in range(51)]
    following = supervisor.get("/alerts/").context["next_url"]
    assert parse_qs(urlsplit(following).query)["after"][0] in {alert.number for alert in alerts}


def test_a_page_of_fifty_rows_takes_a_bounded_number_of_queries(cast: Cast, supervisor: Client):
    for kind, column in (("staff", "handler"), ("agency", "agency"), ("unit", "unit")):
        version = make_rule(subject_kind=kind, subject_column=column)
        for number in range(20):
            code = make_staff(cast.first).staff_no if kind == "staff" else f"C{number}"
            make_alert(cast.first, version=version, subject_code=code, bucket=number, status=S.ACKNOWLEDGED, handler=cast.supervisor)
    first = supervisor.get("/alerts/")
    assert len(first.context["alerts"]) == FIRST
    following = supervisor.get(first.context["next_url"] + "&fragment=rows")
    assert len(following.context["alerts"]) == 60 - FIRST and following.context["next_url"] is None
    with CaptureQueriesContext(connection) as queries:
        page = supervisor.get("/alerts/?fragment=list")
    assert len(page.context["alerts"]) == 50
    told = "\n".join(query["sql"][:160] for query in queries)
    assert len(queries) <= MOST_QUERIES, told


def test_the_index_of_what_ended_holds_all_that_its_list_reads():
    """So that neither list nor figures read the rows, which lie among those of all years."""
    (index,) = [one for one in Alert._meta.indexes if one.name == "alert_ended"]
    held = {Alert._meta.get_field(name.lstrip("-")).attname for name in index.fields}
    assert index.fields[:3] == ["status", "-raised_at", "-id"]
    assert {"id", "unit_id", "level", "line"} <= held


@pytest.mark.services
def test_a_list_of_what_ended_goes_on_beyond_what_is_counted(cast: Cast, supervisor: Client, monkeypatch: pytest.MonkeyPatch):
    now = datetime.now(UTC)
    levels = ("red", "blue", "blue", "orange", "blue", "red")
    made = [
        make_alert(cast.first, level=level, status=S.DISMISSED, raised_at=now - timedelta(hours=number))
        for number, level in enumerate(levels)
    ]
    monkeypatch.setattr("oversight.center.lists.COUNTED_MOST", 3)
    for address, expected in (
        ("/alerts/?tab=dismissed&period=30", made),
        ("/alerts/?tab=dismissed&period=30&level=red", [made[0], made[5]]),
        ("/alerts/?tab=dismissed&period=30&sort=-time", made[::-1]),
    ):
        assert rows_of(supervisor, address) == [alert.number for alert in expected], address


def test_what_a_row_prints_is_escaped(cast: Cast, supervisor: Client):
    person = make_staff(cast.first, name='<b>张"某')
    unit = make_unit("<i>三大队", parent=cast.detachment)
    alert = make_alert(unit, version=make_rule(title_zh="<u>风险", sentence_zh="<s>{observed}"), subject_code=person.staff_no)
    page = supervisor.get("/alerts/").content.decode()
    assert alert.number in page and not any(tag in page for tag in ("<b>张", '张"', "<i>三", "<u>风", "<s>"))


@pytest.mark.parametrize("text", ["number", "serial", "staff_no", "staff_name", "agency_code", "agency_name"])
def test_the_search_finds_an_alert_by_each_of_its_names(cast: Cast, supervisor: Client, text: str):
    staff, agency = make_staff(cast.first, name="梁某"), make_agency(cast.first, name="顺达服务站")
    row = make_transaction(cast.first, serial_no="2611190061")
    from ledger.journal.models import Delivery

    Delivery.objects.create(source="manual", kind="transactions")
    by_staff = make_alert(cast.first, subject_code=staff.staff_no, evidence=[row], status=S.DISMISSED)
    by_agency = make_alert(cast.first, version=make_rule(subject_kind="agency", subject_column="agency"), subject_code=agency.code)
    make_alert(cast.first)
    asked, expected = {
        "number": (by_staff.number.lower(), by_staff),
        "serial": ("2611190061", by_staff),
        "staff_no": (staff.staff_no, by_staff),
        "staff_name": ("梁某", by_staff),
        "agency_code": (agency.code, by_agency),
        "agency_name": ("顺达", by_agency),
    }[text]
    assert rows_of(supervisor, f"/alerts/?q={asked}") == [expected.number]


def test_a_view_of_what_ended_opened_without_its_period_has_nothing_to_clear(cast: Cast, supervisor: Client):
    context = supervisor.get("/alerts/?tab=withdrawn").context
    assert context["clear_url"] is None and context["empty"]["title"] == "这里没有预警"
    assert supervisor.get("/alerts/?tab=withdrawn&period=7").context["clear_url"] == "/alerts/?tab=withdrawn&period=30"


def test_a_recused_person_neither_lists_counts_finds_nor_opens_an_alert(cast: Cast):
    sees, recused = cast.supervisor, make_user(Role.SUPERVISOR, cast.detachment, name="蒋某")
    row = make_transaction(cast.first, serial_no="2611190062")
    alert = make_alert(cast.first, level="red", subject_code=recused.staff_no, evidence=[row])
    client = logged_in(recused)
    page = client.get("/alerts/")
    assert [tab["count"] for tab in page.context["tabs"]] == [0] * len(page.context["tabs"])
    assert page.context["total"] == client.get("/duty/notices/?fragment=count").context["count"] == 0
    assert page.context["duty"]["state"] == "calm"
    assert all(len(options_of(client, "/alerts/", name)) == 1 for name in ("line", "unit", "rule"))
    for text in (alert.number, recused.staff_no, "2611190062"):
        assert rows_of(client, f"/alerts/?q={text}") == []
    for tail in ("", "row/", "preview/"):
        assert client.get(f"/alerts/{alert.number}/{tail}").status_code == 404
    for act in ("acknowledge", "dismiss", "comment"):
        assert client.post(f"/alerts/{alert.number}/{act}/", {"text": "x", "reason": "repeated"}).status_code == 404
    assert client.get("/ledger/transactions/manual/2611190062/").context["alerts"] == []
    assert rows_of(logged_in(sees), "/alerts/") == [alert.number]


def test_a_supervisor_of_one_brigade_sees_nothing_of_another(cast: Cast):
    client = logged_in(make_user(Role.SUPERVISOR, cast.first))
    mine, other = make_alert(cast.first), make_alert(cast.second)
    inside = make_alert(make_unit("一中队", kind="squad", parent=cast.first))
    assert set(rows_of(client, "/alerts/")) == {mine.number, inside.number}
    assert client.get(f"/alerts/{other.number}/").status_code == 404


def test_an_empty_list_gives_its_reason_and_one_way_on(cast: Cast, supervisor: Client):
    bare = supervisor.get("/alerts/").context["empty"]
    make_alert(cast.first, level="blue")
    filtered = supervisor.get("/alerts/?level=red").context["empty"]
    assert bare["title"] != filtered["title"]
    assert filtered["action_url"] == "/alerts/?tab=mine"
    assert supervisor.get("/alerts/").context["empty"] is None


def test_an_address_with_nonsense_in_it_still_opens_a_list(cast: Cast, supervisor: Client):
    make_alert(cast.first)
    page = supervisor.get("/alerts/?tab=nowhere&level=pink&period=x&after=YD-0&line=%00")
    assert page.status_code == 200


def test_the_fragments_of_the_list_are_only_fragments(cast: Cast, supervisor: Client):
    make_alert(cast.first)
    for fragment in ("rows", "list"):
        assert "<html" not in supervisor.get(f"/alerts/?fragment={fragment}").content.decode()
