"""配合查处: which body leads a case, who is told, and that it is over before the case closes."""

import pytest
from django.db import IntegrityError, transaction

from ledger.kit.days import today
from ledger.kit.errors import BadInput, NotAllowed, NotFound
from ledger.roster.models import Role, User
from oversight.cases import closing
from oversight.cases.leading.models import Lead
from oversight.cases.leading.services import Led, end_lead, record_lead
from oversight.cases.models import Case, CaseEntry
from oversight.duty.bell import bell_context
from oversight.viewer import Viewer
from tests.builders import make_user
from tests.oversight.cases.building import make_case, make_party
from tests.oversight.cast import Cast, logged_in

pytestmark = [pytest.mark.django_db, pytest.mark.services]
TYPED = {
    "body": "discipline",
    "name": "市纪委监委第三监督检查室",
    "reference": "常纪案〔2026〕18号",
    "contact": "纪检室 李某",
    "asked": "调取2019年前批量上户档案并固定流水",
    "since": f"{today()}",
}


@pytest.fixture
def case(cast: Cast) -> Case:
    found = make_case(cast.supervisor, unit=cast.first)
    make_party(found, cast.first)
    return found


@pytest.fixture
def party(cast: Cast) -> User:
    return make_user(Role.SQUAD_LEADER, cast.first)


def led(case: Case, actor: User, **typed: str) -> Case:
    return record_lead(number=case.number, actor=actor, led=Led(**TYPED | typed))


def page(user: User, case: Case):
    return logged_in(user).get(f"/cases/{case.number}/")


def test_it_stands_on_the_page_in_the_record_and_in_the_register(cast: Cast, case: Case):
    other = make_case(cast.supervisor, unit=cast.first)
    client, address = logged_in(cast.supervisor), f"/cases/{case.number}/led-by/"
    refused = client.post(address, TYPED | {"name": ""})
    assert (refused.status_code, refused.context["typed"]["asked"]) == (400, TYPED["asked"])
    assert client.post(address, TYPED).status_code == 302
    shown = page(cast.supervisor, case)
    assert {name: shown.context["lead"]["now"][name] for name in TYPED} == TYPED
    assert TYPED["name"] in shown.context["timeline"][0]["text"] and TYPED["reference"] in shown.context["timeline"][0]["text"]
    every, some = (client.get(f"/cases/{query}").context for query in ("", "?led=1"))
    assert {row["number"]: row["led"] for row in every["rows"]} == {case.number: True, other.number: False}
    assert ([row["number"] for row in some["rows"]], some["total"], some["tabs"][0]["count"]) == ([case.number], 1, 1)
    client.post(address, TYPED | {"reference": "常纪案〔2026〕19号"})
    assert (Lead.objects.get().reference, CaseEntry.objects.filter(kind="case.lead_changed").count()) == ("常纪案〔2026〕19号", 1)


def test_its_parties_are_told_nothing_of_it(cast: Cast, case: Case, party: User):
    led(case, cast.of[Role.DISCIPLINE])
    shown = page(party, case)
    assert shown.context["lead"] is None and TYPED["name"] not in shown.content.decode()
    assert not any("case.led" in row["text"] or TYPED["name"] in row["text"] for row in shown.context["timeline"])
    listed = logged_in(party).get("/cases/?led=1").context
    assert (listed["rows"], listed["led_url"]) == ([], "")
    assert [row["led"] for row in logged_in(party).get("/cases/").context["rows"]] == [False]
    assert TYPED["name"] not in str(bell_context(Viewer(party))["rows"])
    with pytest.raises(NotAllowed):
        led(case, party)


def test_the_inspection_seals_it_in_the_same_act_and_the_seal_names_nobody(cast: Cast, case: Case, party: User):
    found = record_lead(number=case.number, actor=cast.of[Role.DISCIPLINE], led=Led(**TYPED), seal=True)
    assert (found.sealed, found.led, found.handler) == (True, True, cast.of[Role.DISCIPLINE])
    with pytest.raises(NotFound):
        led(case, cast.supervisor)
    assert TYPED["name"] not in str(CaseEntry.objects.get(kind="case.sealed").data)
    with pytest.raises(NotAllowed):
        record_lead(number=make_case(cast.supervisor, unit=cast.first).number, actor=cast.supervisor, led=Led(**TYPED), seal=True)
    assert Lead.objects.count() == 1


def test_a_case_does_not_close_while_another_body_leads_it_and_what_came_of_it_is_kept(cast: Cast, case: Case):
    led(case, cast.supervisor)
    case.refresh_from_db()
    assert any(TYPED["name"] in text for text in closing.obstacles(case))
    with pytest.raises(BadInput):
        end_lead(number=case.number, actor=cast.supervisor, result="立案查处，常纪立〔2026〕5号", until="2020-01-01")
    client = logged_in(cast.supervisor)
    given = {"result": "立案查处，常纪立〔2026〕5号", "until": f"{today()}"}
    assert client.post(f"/cases/{case.number}/led-end/", given).status_code == 302
    case.refresh_from_db()
    assert not case.led and not any(TYPED["name"] in text for text in closing.obstacles(case))
    lead = page(cast.supervisor, case).context["lead"]
    assert lead["now"] is None and [row["result"] for row in lead["rows"]] == [given["result"]]
    with pytest.raises(NotAllowed):
        end_lead(number=case.number, actor=cast.supervisor, result="已立案查处", until=f"{today()}")
    led(case, cast.supervisor)
    assert Lead.objects.count() == 2


@pytest.mark.parametrize("wrong", [{"body": "x"}, {"contact": " "}, {"since": "3000-01-01"}, {"since": ""}, {"asked": "字" * 2_001}])
def test_what_is_missing_or_wrong_is_refused(cast: Cast, case: Case, wrong: dict[str, str]):
    with pytest.raises(BadInput):
        led(case, cast.supervisor, **wrong)
    assert not Lead.objects.exists()


def test_the_database_keeps_one_lead_running_and_whole(cast: Cast, case: Case):
    led(case, cast.supervisor)
    one = Lead.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Lead.objects.filter(pk=one.pk).update(until=today())
    one.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        one.save(force_insert=True)
