"""抑制 in pages: asked for by one, decided by another, hits listed as counted, and nobody whom it concerns learns of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from ledger.audit.models import AuditEntry
from ledger.kit.days import today
from ledger.roster.models import Relation, Role
from risk.alerts.models import Hit, Suppression
from risk.alerts.suppressions import ask_suppression, decide_suppression
from risk.rules.models import RuleVersion
from tests.builders import make_alert, make_rule, make_staff, make_transaction, make_unit, make_user
from tests.oversight.cast import Cast, logged_in

pytestmark = [pytest.mark.django_db, pytest.mark.services]
PAGE = "/suppressions/"
REASON = "专项整治集中开单，统一部署"


@pytest.fixture
def version(cast: Cast) -> RuleVersion:
    return make_rule("DJ-014")


@pytest.fixture
def leader(cast: Cast) -> Client:
    return logged_in(cast.of[Role.LEADER])


def asked(cast: Cast, version: RuleVersion | None, **fields) -> Suppression:
    given = {"reason": REASON, "expires_on": today() + timedelta(days=30), "ceiling": "red"} | fields
    return ask_suppression(actor=given.pop("actor", cast.supervisor), rule=version.rule if version else None, **given)


def approved(cast: Cast, version: RuleVersion | None, **fields) -> Suppression:
    return decide_suppression(number=asked(cast, version, **fields).number, actor=cast.of[Role.LEADER], approve=True)


def held_back(made: Suppression, cast: Cast, version: RuleVersion, *codes: str) -> None:
    """A hit about each of the staff, held back by the suppression."""
    for code in codes:
        row = make_transaction(cast.first, handler_no=code)
        make_alert(cast.first, version=version, subject_code=code, evidence=[row])
    Hit.objects.filter(subject_code__in=codes).update(suppression=made)


def numbers(client: Client, tab: str = "asked") -> set[str]:
    return {row["number"] for row in client.get(f"{PAGE}?tab={tab}").context["rows"]}


def test_asked_for_in_the_browser_decided_by_another_and_ended_early(supervisor: Client, leader: Client, version: RuleVersion):
    form = {"rule": "DJ-014", "reason": REASON, "ceiling": "orange", "valid_from": f"{today()}", "expires_on": f"{today()}"}
    assert supervisor.post(f"{PAGE}ask/", form).status_code == 302
    made = Suppression.objects.get()
    assert (made.rule, made.ceiling, made.owner.username) == (version.rule, "orange", Role.SUPERVISOR)
    assert supervisor.get(PAGE).context["rows"][0]["waits"] == "您本人提出的申请，由他人审批。"
    assert supervisor.post(f"{PAGE}{made.number}/decide/", {"decision": "approve"}).status_code == 403
    refused = leader.post(f"{PAGE}{made.number}/decide/", {"decision": "refuse", "note": "否"})
    assert refused.status_code == 400 and refused.context["typed"]["note"] == "否"
    leader.post(f"{PAGE}{made.number}/decide/", {"decision": "approve"})
    assert leader.post(f"{PAGE}{made.number}/decide/", {"decision": "approve"}).status_code == 409
    assert numbers(leader, "approved") == {made.number}
    supervisor.post(f"{PAGE}{made.number}/end/", {"note": "整治结束"})
    row = leader.get(f"{PAGE}?tab=over").context["rows"][0]
    assert (row["state"], row["note"]) == ("ended", "整治结束")


def test_from_an_alert_the_subject_is_taken_as_it_stands_and_shown_masked(supervisor: Client, cast: Cast):
    version = make_rule("DJ-031", subject_kind="vehicle", subject_column="plate")
    alert = make_alert(cast.first, version=version, subject_code="湘JF0018")
    page = supervisor.get(f"{PAGE}ask/?alert={alert.number}")
    assert "湘J·F**18" in page.content.decode() and "湘JF0018" not in page.content.decode()
    form = {"alert": alert.number, "reason": REASON, "ceiling": "red", "valid_from": f"{today()}", "expires_on": f"{today()}"}
    for scope, rule, code in (("both", version.rule, "湘JF0018"), ("subject", None, "湘JF0018"), ("rule", version.rule, "")):
        assert supervisor.post(f"{PAGE}ask/", form | {"scope": scope}).status_code == 302
        made = Suppression.objects.latest("id")
        assert (made.rule, made.subject_code) == (rule, code)
    assert "湘JF0018" not in supervisor.get(PAGE).content.decode()
    assert supervisor.get(f"{PAGE}ask/?alert=YD-000000-NONE00").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [{"reason": "无"}, {"expires_on": "soon"}, {"rule": "XX-9"}, {"unit": "XX"}, {"owner": "nobody"}, {"ceiling": ""}, {"rule": ""}],
)
def test_what_cannot_be_asked_for_is_told_and_stays_typed(supervisor: Client, version: RuleVersion, wrong: dict[str, str]):
    form = {"rule": "DJ-014", "reason": REASON, "ceiling": "red", "valid_from": f"{today()}", "expires_on": f"{today()}"} | wrong
    page = supervisor.post(f"{PAGE}ask/", form)
    assert page.status_code == 400 and page.context["problem"]
    assert page.context["typed"]["reason"] == form["reason"] and not Suppression.objects.exists()


def test_every_tab_counts_what_it_lists_and_a_count_of_hits_opens_as_many(cast: Cast, leader: Client, version: RuleVersion):
    made = approved(cast, version)
    held_back(made, cast, version, "070201", "070202", "070203")
    asked(cast, version)
    run_out = approved(cast, version)
    Suppression.objects.filter(pk=run_out.pk).update(valid_from=today() - timedelta(days=9), expires_on=today() - timedelta(days=1))
    late = asked(cast, version)
    Suppression.objects.filter(pk=late.pk).update(valid_from=today() - timedelta(days=9), expires_on=today() - timedelta(days=1))
    tabs = leader.get(PAGE).context["tabs"]
    assert [tab["count"] for tab in tabs] == [1, 1, 2]
    for tab in tabs:
        assert len(leader.get(tab["url"]).context["rows"]) == tab["count"]
    row = leader.get(f"{PAGE}?tab=approved").context["rows"][0]
    page = leader.get(row["held_url"])
    assert len(page.context["hits"]) == page.context["total"] == row["held"] == 3
    assert AuditEntry.objects.filter(action="suppression.viewed", target=made.number).exists()
    (waiting,) = to_decide(leader)
    assert len(leader.get(waiting["url"]).context["rows"]) == 1
    assert to_decide(logged_in(cast.supervisor)) == []


def to_decide(client: Client) -> list[dict[str, Any]]:
    """The requests of others that wait at the workbench."""
    return [line for part in client.get("/").context["parts"] if part.lines for line in part.rows]


def test_nobody_whom_a_suppression_concerns_sees_counts_or_decides_it(cast: Cast, version: RuleVersion):
    officer = make_staff(cast.first, staff_no="070301")
    superior = make_staff(cast.first, staff_no="070302")
    helper = make_staff(cast.first, staff_no="070303", kind="auxiliary", responsible_no="070302")
    cousin = make_staff(cast.first, staff_no="070304")
    Relation.objects.create(staff_no="070304", subject_kind="staff", subject_code="070303", kind="family")
    about_officer = asked(cast, version, subject_kind="staff", subject_code=officer.staff_no)
    about_helper = asked(cast, version, subject_kind="staff", subject_code=helper.staff_no)
    for person, seen in ((officer, {about_helper.number}), (superior, {about_officer.number}), (cousin, {about_officer.number})):
        client = logged_in(make_user(Role.LEADER, cast.detachment, staff=person))
        page = client.get(PAGE)
        assert {row["number"] for row in page.context["rows"]} == seen and page.context["tabs"][0]["count"] == 1
        (hidden,) = {about_officer.number, about_helper.number} - seen
        assert client.get(f"{PAGE}{hidden}/").status_code == 404
        assert client.post(f"{PAGE}{hidden}/decide/", {"decision": "approve"}).status_code == 404
        assert client.get(f"{PAGE}YZ-000000-NONE00/").status_code == 404


def test_hits_that_concern_the_reader_are_neither_listed_nor_counted(cast: Cast, version: RuleVersion):
    made = approved(cast, version)
    held_back(made, cast, version, "070401", "070402")
    reader = make_user(Role.DISCIPLINE, cast.detachment, staff=make_staff(cast.first, staff_no="070401"))
    client = logged_in(reader)
    assert client.get(f"{PAGE}?tab=approved").context["rows"][0]["held"] == 1
    page = client.get(f"{PAGE}{made.number}/")
    assert page.context["total"] == 1 and "0704" in page.context["hits"][0]["subject"]


def test_hits_about_an_agency_are_hidden_from_who_handled_its_evidence(cast: Cast):
    version = make_rule("DJ-041", subject_kind="agency", subject_column="agency")
    made = approved(cast, version)
    make_alert(cast.first, version=version, subject_code="A1", evidence=[make_transaction(cast.first, handler_no="070501")])
    Hit.objects.filter(subject_code="A1").update(suppression=made)
    for number, held in (("070501", 0), ("070502", 1)):
        client = logged_in(make_user(Role.LEADER, cast.detachment, staff=make_staff(cast.first, staff_no=number)))
        assert client.get(f"{PAGE}?tab=approved").context["rows"][0]["held"] == held


def test_who_is_over_one_unit_sees_only_what_is_limited_to_it(cast: Cast, version: RuleVersion):
    everywhere, there = asked(cast, version), asked(cast, version, unit=cast.first)
    window = make_unit("一大队窗口", parent=cast.first)
    inside = asked(cast, version, unit=window)
    client = logged_in(make_user(Role.SUPERVISOR, cast.first))
    assert numbers(client) == {there.number, inside.number}
    assert client.get(f"{PAGE}{everywhere.number}/").status_code == 404


def test_auxiliaries_are_offered_nothing_and_refused(cast: Cast, version: RuleVersion):
    client = logged_in(make_user(Role.SUPERVISOR, cast.detachment, staff_kind="auxiliary"))
    made = asked(cast, version)
    page = client.get(PAGE)
    assert not page.context["ask_url"] and not page.context["rows"][0]["decides"]
    assert client.post(f"{PAGE}{made.number}/decide/", {"decision": "approve"}).status_code == 403
