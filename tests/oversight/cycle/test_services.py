"""The table of acts for everybody, what is asked before something is submitted, two people, and whatever people do in whatever order."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.audit.models import AuditEntry
from ledger.kit.errors import BadInput, Conflict, MingjingError, NotAllowed, NotFound
from oversight.cases.people import Person
from oversight.cycle import attaching, filling, following, reviewing
from oversight.cycle.models import Answer, Period, Proposal, Task, TaskEntry
from oversight.cycle.queries import grave_findings, standing, visible_tasks
from oversight.cycle.states import TABLE
from oversight.cycle.summaries import make_summary, summary_fields
from tests.oversight.cycle.building import DECEMBER, Scene, answered
from tests.oversight.orders.building import JPEG

pytestmark = pytest.mark.services
ENTER, SUBMIT, REVIEW = {"leader", "deputy", "clerk"}, {"leader", "deputy"}, {"first", "second", "office"}
WHO = {"draft": ENTER, "submit": SUBMIT, "accept": REVIEW, "return": REVIEW}


def test_every_act_is_possible_where_and_by_whom_the_table_says(scene: Scene):
    task = scene.task()
    people = {name: Person.of(user) for name, user in scene.people.items()}
    found: dict[str, set[str]] = {}
    for status, act, move in TABLE.rows():
        task.status = status
        found.setdefault(status, set()).add(act)
        assert {name for name, person in people.items() if move.who(person, task)} == WHO[act], (status, act)
    assert found == {"open": {"draft", "submit"}, "returned": {"draft", "submit"}, "submitted": {"accept", "return"}}
    task.submitted_by = scene["office"]
    move = TABLE.move("accept", "submitted")
    assert move is not None and not move.who(people["office"], task)


def test_the_draft_is_shared_and_nothing_is_written_over(scene: Scene):
    task, typed = scene.task(), {}
    first = task.answers.order_by("pk").first()
    typed[f"result-{first.pk}"] = "found"
    saved = filling.save_draft(number=task.number, actor=scene["clerk"], typed=typed, version=0)
    assert Answer.objects.get(pk=first.pk).result == "found" and saved.version == 1
    with pytest.raises(Conflict):
        filling.save_draft(number=task.number, actor=scene["leader"], typed={}, version=0)
    with pytest.raises(NotAllowed):
        filling.submit(number=task.number, actor=scene["clerk"], typed=answered(task), version=1)
    with pytest.raises(BadInput, match=first.item.no):
        filling.submit(number=task.number, actor=scene["leader"], typed=answered(task) | {f"result-{first.pk}": "found"}, version=1)
    with pytest.raises(BadInput):
        filling.save_draft(number=task.number, actor=scene["leader"], typed={f"result-{first.pk}": "perhaps"}, version=1)
    assert Task.objects.get(pk=task.pk).status == "open"


def test_returned_with_comments_and_accepted_by_another(scene: Scene, tmp_path: Path):
    task = scene.task(due=timedelta(hours=-1))
    answer = Answer.objects.get(task=task, item__no="REG-C1")
    photo = tmp_path / "photo"
    photo.write_bytes(JPEG)
    told: dict[str, Any] = {"number": task.number, "answer": answer.pk, "actor": scene["clerk"], "path": photo}
    assert attaching.attach(**told, name="台账.jpg") == attaching.attach(**told, name="again.jpg")
    sent = filling.submit(number=task.number, actor=scene["leader"], typed=answered(task, "REG-C1"), version=0)
    assert sent.late and not Task.objects.get(pk=task.pk).reviewed_by_id
    with pytest.raises(Conflict):
        filling.submit(number=task.number, actor=scene["deputy"], typed=answered(task), version=1)
    with pytest.raises(BadInput):
        reviewing.send_back(number=task.number, actor=scene["office"], comments={})
    back = reviewing.send_back(number=task.number, actor=scene["office"], comments={answer.pk: "写明3笔的流水号"})
    assert back.due_at > timezone.now() and Answer.objects.get(pk=answer.pk).comment == "写明3笔的流水号"
    filling.submit(number=task.number, actor=scene["deputy"], typed=answered(task, "REG-C1"), version=1)
    done = reviewing.accept(number=task.number, actor=scene["office"])
    assert done.status == "accepted"
    kinds = list(TaskEntry.objects.filter(task=task).order_by("id").values_list("kind", flat=True))
    assert kinds == ["opened", "attached", "submitted", "returned", "submitted", "accepted"]
    assert AuditEntry.objects.filter(target=task.number, action__startswith="cycle.").count() == 5
    with pytest.raises(Conflict):
        attaching.attach(**told, name="late.jpg")


def test_the_database_refuses_that_one_person_submits_and_reviews(scene: Scene):
    task = scene.submitted()
    for status in ("accepted", "returned"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Task.objects.filter(pk=task.pk).update(status=status, reviewed_by=scene["leader"], reviewed_at=timezone.now())
        with pytest.raises(IntegrityError), transaction.atomic():
            Task.objects.filter(pk=task.pk).update(status=status)


def test_who_sees_a_task(scene: Scene):
    scene.task()
    seen = {name: set(visible_tasks(user).values_list("unit__name", flat=True)) for name, user in scene.people.items()}
    every = {"一大队", "三中队", "城西窗口"}
    assert {name for name, units in seen.items() if units == every} == {"first", "second", "helper", "chief", "editor", "audit"}
    assert seen["office"] == {"一大队", "三中队"} and seen["stranger"] == {"城西窗口"}
    assert seen["leader"] == seen["clerk"] == {"三中队"}


def test_a_task_stands_in_exactly_one_way(scene: Scene):
    task = scene.task()

    def how() -> str:
        return str(Task.objects.annotate(how=standing(timezone.now())).values_list("how", flat=True).get(pk=task.pk))

    seen = [how()]
    filling.save_draft(number=task.number, actor=scene["leader"], typed={}, version=0)
    seen.append(how())
    Task.objects.filter(pk=task.pk).update(due_at=timezone.now() - timedelta(minutes=1))
    seen.append(how())
    filling.submit(number=task.number, actor=scene["leader"], typed=answered(task), version=1)
    seen.append(how())
    reviewing.accept(number=task.number, actor=scene["first"])
    assert [*seen, how()] == ["untouched", "at_work", "overdue", "submitted", "accepted"]


def test_a_grave_finding_is_followed_up_once_by_a_supervising_officer(scene: Scene):
    task = scene.task()
    graves = [one for one in task.answers.select_related("item") if one.item.level == "high"]
    typed = answered(task, graves[0].item.no)
    assert not grave_findings(scene["first"]).exists()
    filling.submit(number=task.number, actor=scene["leader"], typed=typed, version=0)
    assert list(grave_findings(scene["first"])) == [graves[0]]
    told: dict[str, Any] = {"answer": graves[0].pk, "note": "已约谈带班民警，列入下月回访"}
    for who, error in (("office", NotFound), ("chief", NotAllowed), ("helper", NotAllowed)):
        with pytest.raises(error):
            following.note_finding(**told, actor=scene[who])
    assert following.note_finding(**told, actor=scene["first"]).noted_by == scene["first"]
    with pytest.raises(Conflict):
        following.note_finding(**told, actor=scene["second"])


def test_what_a_clearance_wants_changed_reaches_the_checklist_and_is_decided_by_another(scene: Scene):
    task = scene.task(Period.QUARTER, DECEMBER)
    one, other = list(task.answers.order_by("pk"))[:2]
    wishes = {f"wish-{one.pk}": "drop", f"wish-{other.pk}": "lower", f"wish_reason-{other.pk}": "系统已强制双人复核"}
    added = {"add-0-post": "登记审核岗", "add-0-risk_point": "电子签章代签"}
    told: dict[str, Any] = {"number": task.number, "actor": scene["leader"]}
    with pytest.raises(BadInput, match=one.item.no):
        filling.submit(**told, typed=answered(task, **wishes), version=0)
    wishes[f"wish_reason-{one.pk}"] = "业务已取消"
    with pytest.raises(BadInput):
        filling.submit(**told, typed=answered(task, **wishes, **added), version=0)
    filling.submit(**told, typed=answered(task, **wishes, **added, **{"add-0-reason": "本季发现2起"}), version=0)
    assert not Proposal.objects.exists()
    reviewing.accept(number=task.number, actor=scene["office"])
    proposals = list(Proposal.objects.order_by("pk"))
    assert [(p.change, p.reason, p.proposed_by) for p in proposals] == [
        ("drop", "业务已取消", scene["leader"]),
        ("lower", "系统已强制双人复核", scene["leader"]),
        ("add", "本季发现2起", scene["leader"]),
    ]
    with pytest.raises(NotAllowed):
        following.decide_proposal(proposal=proposals[0].pk, accept=True, actor=scene["first"])
    with pytest.raises(BadInput):
        following.decide_proposal(proposal=proposals[0].pk, accept=False, actor=scene["editor"])
    assert following.decide_proposal(proposal=proposals[0].pk, accept=True, actor=scene["editor"]).state == "accepted"
    with pytest.raises(Conflict):
        following.decide_proposal(proposal=proposals[0].pk, accept=False, note="再议", actor=scene["editor"])
    with pytest.raises(IntegrityError), transaction.atomic():
        Proposal.objects.filter(pk=proposals[1].pk).update(state="accepted", decided_by=scene["leader"], decided_at=timezone.now())


def test_a_summary_says_what_the_tasks_say_and_a_new_version_only_when_it_changes(scene: Scene):
    task = scene.submitted()
    one = task.round
    fields = summary_fields(one, scene.brigade)
    assert fields["标题"] == "2026年11月清查汇总" and fields["应清查单位"] == "2个"
    assert fields["清查结果"] == f"无问题{task.answers.count()}，发现问题0，不适用0"
    assert {row["单位"]: row["状态"] for row in fields["各单位情况"]} == {"一大队": "超期", "三中队": "待复核"}
    told: dict[str, Any] = {"round_pk": one.pk, "unit_code": scene.detachment.code}
    with pytest.raises(NotAllowed):
        make_summary(**told, actor=scene["office"])
    made = make_summary(**told, actor=scene["first"])
    assert made.version == 1
    with pytest.raises(Conflict):
        make_summary(**told, actor=scene["chief"])
    reviewing.accept(number=task.number, actor=scene["first"])
    assert make_summary(**told, actor=scene["chief"]).version == 2


def test_a_year_is_summed_up_in_words(scene: Scene):
    task = scene.task(Period.YEAR, DECEMBER)
    with pytest.raises(BadInput):
        filling.submit(number=task.number, actor=scene["leader"], typed={}, version=0)
    sent = filling.submit(number=task.number, actor=scene["leader"], typed=answered(task), version=0)
    assert summary_fields(sent.round, scene.squad)["单位总结"] == ["三中队：全年清查12次，主要问题为审核把关不严"]


ACTS = st.sampled_from(["draft", "submit", "submit", "submit", "return", "return", "accept"])
PEOPLE = st.sampled_from(["leader", "deputy", "clerk", "office", "first", "helper", "stranger"])


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=st.lists(st.tuples(ACTS, PEOPLE), min_size=6, max_size=12))
def test_no_sequence_of_acts_leaves_the_table_or_loses_an_entry(scene: Scene, steps: list[tuple[str, str]]):
    with transaction.atomic():
        point = transaction.savepoint()
        task = scene.task()
        for act, who in steps:
            _step(scene, task.pk, act, who)
        transaction.savepoint_rollback(point)


def _step(scene: Scene, pk: int, act: str, who: str) -> None:
    task = Task.objects.select_related("round", "unit").get(pk=pk)
    entries, move = task.entries.count(), TABLE.move(act, task.status)
    told: dict[str, Any] = {"number": task.number, "actor": scene[who]}
    written = {"typed": answered(task), "version": task.version}
    acts = {
        "draft": lambda: filling.save_draft(**told, **written),
        "submit": lambda: filling.submit(**told, **written),
        "return": lambda: reviewing.send_back(**told, comments={}, note="请补充"),
        "accept": lambda: reviewing.accept(**told),
    }
    try:
        acts[act]()
    except MingjingError:
        assert task.entries.count() == entries and Task.objects.get(pk=pk).status == task.status
        return
    assert move is not None and move.who(Person.of(scene[who]), task)
    assert Task.objects.get(pk=pk).status == (move.to or task.status)
    assert task.entries.count() == entries + (act != "draft")
    moved = [entry.data for entry in task.entries.order_by("id") if "to" in entry.data]
    assert [one["from"] for one in moved[1:]] == [one["to"] for one in moved[:-1]]
