"""异议 of agencies: who is told and by when they are to answer, and the answer as a numbered paper."""

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
import time_machine
from django.apps import apps

from ledger.kit.days import day_start, today
from ledger.kit.errors import Conflict, NotFound
from ledger.roster.models import Role, User
from oversight.cases.models import Case
from oversight.center.requests import Line
from oversight.documents.services import make_document
from oversight.documents.sources import offers_of
from oversight.duty.bell import bell_context
from oversight.measures.catalogue import KINDS
from oversight.measures.offices.queries import working_day_after
from oversight.measures.presenting import list_context, page_context
from oversight.measures.work import measures_waiting
from oversight.viewer import Viewer
from tests.builders import make_user
from tests.oversight.cast import logged_in
from tests.oversight.measures.building import Town, act, day, in_force, revoked

pytestmark = [pytest.mark.django_db, pytest.mark.services]
OBJECTED = {"received_on": day(), "objector": "郑某", "objection": "认为连续上传系设备故障所致"}
ANSWER = {"outcome": "kept", "answer": "检定记录与故障说明不符，维持原决定"}


def bell(user: User) -> list[str]:
    return [row["text"] for row in bell_context(Viewer(user))["rows"] if row["url"].endswith("#objections")]


def lines(user: User) -> list[Line]:
    return [one for one in measures_waiting(Viewer(user)) if one["url"].endswith("#objections")]


def objected(town: Town) -> Any:
    return act(in_force(town), "object", town.proposer, **OBJECTED)


def test_who_may_answer_is_told_by_bell_and_workbench_with_its_term_and_nobody_else(town: Town):
    one = objected(town)
    other = make_user(Role.LEADER, town.cast.detachment)
    for user in (town.inspector, other):
        assert bell(user) == ["机构提出异议，请您答复"]
        (found,) = lines(user)
        assert found["deadline"].exact == f"{working_day_after(today(), 5)}" and found["deadline"].state == "normal"
    apart = (town.leader, town.legal, town.proposer, make_user(Role.LEADER, town.cast.second), make_user(Role.SUPERVISOR, town.squad))
    assert [(bell(user), lines(user)) for user in apart] == [([], [])] * len(apart)
    assert [row["status"].endswith("异议待答复") for row in list_context(KINDS["suspensions"], Viewer(town.leader), {})["rows"]] == [True]
    with time_machine.travel(day_start(working_day_after(today(), 5) + timedelta(days=1)) + timedelta(hours=9)):
        assert lines(other)[0]["deadline"].state == "overdue"
        (shown,) = page_context(KINDS["suspensions"], one, Viewer(other))["objections"]
        assert shown["deadline"].state == "overdue"
    act(one, "answer", town.inspector, **ANSWER)
    assert [(bell(user), lines(user)) for user in (town.inspector, other)] == [([], [])] * 2
    assert bell(town.proposer) == bell(town.leader) == ["机构异议已答复"]


def test_of_a_sealed_case_only_who_sees_it_is_told_and_one_that_is_revoked_waits_for_nobody(town: Town):
    one = objected(town)
    Case.objects.update(sealed=True)
    assert bell(town.inspector) and not bell(make_user(Role.DISCIPLINE, town.cast.second))
    Case.objects.update(sealed=False)
    revoked(town, one)
    assert not bell(town.inspector) and not lines(town.inspector)


def test_each_answer_is_a_paper_with_a_number_of_its_own(town: Town):
    one = objected(town)
    first = one.waiting_objection
    with pytest.raises(Conflict):
        make_document(kind="objection_answer", about=first.number, actor=town.proposer)
    one = act(one, "answer", town.inspector, **ANSWER)
    one = act(act(one, "object", town.proposer, **OBJECTED), "answer", town.inspector, **ANSWER | {"outcome": "partly"})
    offered = [offer.about for kind, offer in offers_of(town.case) if kind.code == "objection_answer"]
    assert offered == [row.number for row in one.objections.order_by("id")]
    made = [make_document(kind="objection_answer", about=about, actor=town.proposer) for about in offered]
    assert [edition.document.number for edition in made] == [f"异议答复〔{today().year}〕{count}号" for count in (1, 2)]
    record = page_context(KINDS["suspensions"], one, Viewer(town.leader))["record"]
    assert [row["text"] for row in record[:2]] == [f"制作文书 {edition.document.number} 停业整改异议答复书" for edition in made[::-1]]
    told = made[0].fields
    assert (told["机构"], told["异议人"], told["复核结论"], told["答复人"]) == (
        one.agency_name,
        "郑某",
        "不成立，维持原决定",
        str(town.inspector),
    )
    assert told["原通知文号"] == one.document_no and ANSWER["answer"] in told["答复意见"]
    with pytest.raises(NotFound):
        make_document(kind="objection_answer", about=first.number, actor=make_user(Role.SUPERVISOR, town.cast.second))
    with pytest.raises(NotFound):
        make_document(kind="objection_answer", about="YY-0", actor=town.proposer)


def test_the_term_of_an_answer_is_settled_with_the_others(town: Town):
    page = logged_in(town.leader).get("/measures/offices/")
    row = next(row for row in page.context["rows"] if row["code"] == "suspensions")
    assert ("term_objection", 5) in [(term["name"], term["days"]) for term in row["terms"]]
    given = {"kind": "suspensions", "proposing": "监管中心", "deciding": "办公会", "term_objection": "2"}
    assert logged_in(town.leader).post("/measures/offices/change/", given).status_code == 302
    assert objected(town).waiting_objection.answer_by == working_day_after(today(), 2)


def test_objections_from_before_got_a_number_and_a_week(town: Town):
    row = objected(town).waiting_objection
    before = row.number
    import_module("oversight.migrations.0006_objections_answered_in_time").number_and_date(apps, None)
    row.refresh_from_db()
    assert row.answer_by == today() + timedelta(days=7) and row.number != before and row.number.startswith("YY-")
