"""The pages of the cycle: who opens them, figures that equal their lists, what was refused, photos in pieces, paper, the workbench."""

from datetime import timedelta
from io import BytesIO

from django.urls import reverse
from django.utils import timezone
from python_calamine import load_workbook

from ledger.roster.models import Role
from oversight.cycle import filling, reviewing
from oversight.cycle.models import Answer, Period, Proposal, Task
from oversight.cycle.words import STANDINGS
from tests.builders import make_user
from tests.oversight.cast import logged_in
from tests.oversight.cycle.building import DECEMBER, Scene, answered
from tests.oversight.orders.building import JPEG


def test_every_figure_of_the_overview_is_the_length_of_the_list_it_opens(scene: Scene):
    task = scene.submitted()
    Task.objects.filter(unit=scene.window).update(due_at=timezone.now() + timedelta(days=1))
    Task.objects.filter(unit=scene.brigade).update(due_at=timezone.now() - timedelta(days=1))
    client = logged_in(scene["first"])
    page = client.get("/cycle/")
    assert page.status_code == 200 and page.context["conclusion"].startswith("2026年11月清查：应完成3个单位")
    found = {total["label"]: total["cells"][0] for total in page.context["totals"]}
    assert [found[label][0] for label in STANDINGS.values()] == [1, 0, 1, 0, 1]
    for number, url in found.values():
        shown = client.get(url)
        assert len(shown.context["rows"]) == number == shown.context["total"]
    tabs = client.get("/cycle/tasks/").context["tabs"]
    assert [tab["count"] for tab in tabs] == [3, 1, 0, 1, 0, 1]
    book = load_workbook(BytesIO(b"".join(client.get("/cycle/export/?standing=submitted").streaming_content)))
    rows = book.get_sheet_by_index(0).to_python()
    assert [row[2] for row in rows[1:]] == ["三中队"] and rows[1][0] == task.number
    # A unit counts what it sees.
    assert [tab["count"] for tab in logged_in(scene["leader"]).get("/cycle/tasks/").context["tabs"]] == [1, 0, 0, 1, 0, 0]
    for name in ("quarter", "year", "nonsense"):
        assert client.get(f"/cycle/?period={name}").status_code == 200


def test_who_opens_which_page_of_a_task(scene: Scene):
    task = scene.submitted()
    desk, fill = reverse("cycle:task", args=[task.number]), reverse("cycle:fill", args=[task.number])
    answers = {name: (logged_in(user).get(desk).status_code, logged_in(user).get(fill).status_code) for name, user in scene.people.items()}
    assert {name for name, codes in answers.items() if codes == (200, 200)} == {"leader", "deputy", "clerk", "office"}
    assert {name for name, codes in answers.items() if codes == (200, 403)} == {"first", "second", "helper", "chief", "editor", "audit"}
    assert answers["stranger"] == (404, 404)
    for role in (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN):
        assert logged_in(make_user(role, scene.detachment)).get(desk).status_code == 403


def test_a_squad_fills_in_and_what_is_refused_stays_typed(scene: Scene):
    task = scene.task()
    url = reverse("cycle:fill", args=[task.number])
    answer = Answer.objects.get(task=task, item__no="REG-C1")
    clerk, leader = logged_in(scene["clerk"]), logged_in(scene["leader"])
    typed = {f"result-{answer.pk}": "found", f"text-{answer.pk}": "秒批3笔", "version": "0"}
    told = clerk.post(reverse("cycle:draft", args=[task.number]), typed).json()
    assert told["version"] == 1
    assert clerk.post(url, typed | {"act": "send", "version": "1"}).status_code == 403
    page = leader.post(url, {f"result-{answer.pk}": "found", f"text-{answer.pk}": "秒批4笔", "version": "0", "act": "send"})
    assert page.status_code == 409 and "秒批4笔" in page.content.decode()
    page = leader.post(url, {f"result-{answer.pk}": "found", f"text-{answer.pk}": "秒批4笔", "version": "1", "act": "send"})
    assert page.status_code == 400 and "秒批4笔" in page.content.decode()
    done = leader.post(url, answered(task, "REG-C1") | {"version": "1", "act": "send"})
    assert done.status_code == 302 and Task.objects.get(pk=task.pk).status == "submitted"
    office = logged_in(scene["office"])
    review = reverse("cycle:review", args=[task.number])
    page = office.post(review, {"decision": "return", f"comment-{answer.pk}": "长" * 501})
    assert page.status_code == 400 and "长" * 501 in page.content.decode()
    assert office.post(review, {"decision": "return", f"comment-{answer.pk}": "写明流水号"}).status_code == 302
    assert leader.get(url).context["returned"]["items"] == [(answer.pk, "REG-C1", "写明流水号")]
    assert leader.post(review, {"decision": "accept"}).status_code == 403


def test_a_photo_comes_in_pieces_and_is_opened_only_by_who_sees_the_task(scene: Scene):
    task = scene.task()
    answer = Answer.objects.get(task=task, item__no="REG-C1")
    clerk = logged_in(scene["clerk"])
    url = reverse("cycle:attach-begin", args=[task.number, answer.pk])
    begun = clerk.post(url, {"name": "现场.jpg", "size": len(JPEG), "key": "1"}).json()
    piece = reverse("cycle:attach-piece", args=[task.number, answer.pk, begun["token"]])

    def send(start: int, body: bytes) -> dict[str, object]:
        told: dict[str, object] = clerk.post(
            piece, body, content_type="application/octet-stream", headers={"Upload-Offset": str(start)}
        ).json()
        return told

    assert send(0, JPEG[:9]) == {"offset": 9, "done": False}
    assert "error" in send(0, JPEG[:9])
    assert send(9, JPEG[9:]) == {"offset": len(JPEG), "done": True}
    listed = clerk.get(reverse("cycle:fill", args=[task.number]), {"papers": answer.pk}).content.decode()
    assert f'id="papers-{answer.pk}"' in listed and "现场.jpg" in listed
    paper = reverse("cycle:paper", args=[task.number, answer.papers.get().pk])
    opened = logged_in(scene["office"]).get(paper)
    assert b"".join(opened.streaming_content) == JPEG and opened["Content-Type"] == "image/jpeg"
    assert logged_in(scene["stranger"]).get(paper).status_code == 404
    assert clerk.post(f"{paper}drop/").status_code == 302
    assert clerk.get(paper).status_code == 404


def test_findings_and_proposals_are_decided_on_their_lists(scene: Scene):
    task = scene.task(Period.QUARTER, DECEMBER)
    grave = next(one for one in task.answers.select_related("item") if one.item.level == "high")
    wish = {f"wish-{grave.pk}": "drop", f"wish_reason-{grave.pk}": "业务已取消"}
    filling.submit(number=task.number, actor=scene["leader"], typed=answered(task, grave.item.no, **wish), version=0)
    reviewing.accept(number=task.number, actor=scene["office"])
    first = logged_in(scene["first"])
    note = reverse("cycle:note", args=[grave.pk])
    assert [row["no"] for row in first.get("/cycle/findings/").context["rows"]] == [grave.item.no]
    assert first.post(note, {"note": "x"}).status_code == 400
    assert first.post(note, {"note": "已约谈带班民警"}).status_code == 302
    assert [tab["count"] for tab in first.get("/cycle/findings/?tab=noted").context["tabs"]] == [0, 1]
    proposal = Proposal.objects.get()
    editor, decide = logged_in(scene["editor"]), reverse("cycle:decide", args=[proposal.pk])
    page = editor.post(decide, {"decision": "decline", "note": ""})
    assert page.status_code == 400
    assert first.post(decide, {"decision": "accept"}).status_code == 403
    assert editor.post(decide, {"decision": "decline", "note": "风险仍在"}).status_code == 302
    assert [row["note"] for row in editor.get("/cycle/proposals/?tab=declined").context["rows"]] == ["风险仍在"]
    assert logged_in(scene["leader"]).get("/cycle/proposals/?tab=declined").context["rows"][0]["note"] == "风险仍在"


def test_a_summary_is_made_seen_and_taken_along(scene: Scene):
    task = scene.submitted()
    first, told = logged_in(scene["first"]), {"round": task.round_id, "unit": scene.detachment.code}
    made = first.post("/cycle/summaries/make/", told)
    page = first.get(made.url)
    assert page.status_code == 200 and "2026年11月清查汇总" in page.content.decode()
    assert first.get(f"{made.url}word/").content[:2] == b"PK"
    assert "各单位情况" in first.get(f"{made.url}print/").content.decode()
    assert first.post("/cycle/summaries/make/", told).url == made.url
    assert logged_in(scene["office"]).get(made.url).status_code == 404
    assert logged_in(scene["audit"]).post("/cycle/summaries/make/", told).status_code == 403


def test_the_workbench_tells_what_waits(scene: Scene):
    task = scene.task()

    def lines(who: str) -> list[tuple[str, str]]:
        parts = logged_in(scene[who]).get("/").context["parts"]
        return [(row["kind"], row["url"]) for part in parts for row in part.rows if "cycle" in row.get("url", "")]

    assert lines("leader") == lines("clerk") == [("清查填报", f"/cycle/tasks/{task.number}/fill/")]
    assert lines("first") == []
    assert [kind for kind, _url in lines("office")] == ["清查填报"]  # that of the brigade
    for unit in (scene.squad, scene.window):
        one = Task.objects.get(unit=unit)
        who = scene["leader"] if unit == scene.squad else scene["stranger"]
        filling.submit(number=one.number, actor=who, typed=answered(one), version=0)
    assert lines("leader") == []
    assert ("清查复核", f"/cycle/tasks/{task.number}/") in lines("office")
    ((_kind, url),) = lines("first")
    assert len(logged_in(scene["first"]).get(url).context["rows"]) == 2


def test_the_terms_are_edited_by_the_system_admin(scene: Scene):
    client = logged_in(make_user(Role.SYSTEM_ADMIN, scene.detachment))
    for days in ("99", "x"):
        page = client.post("/cycle/terms/", {"month": days, "quarter": "5", "year": "5"})
        assert (page.status_code, page.context["rows"][0]["days"]) == (400, days)
    assert client.post("/cycle/terms/", {"month": "3", "quarter": "5", "year": "5"}).status_code == 302
    first = client.get("/cycle/terms/").context["rows"][0]
    assert (first["days"], first["edited"]) == ("3", True)
    assert logged_in(scene["first"]).get("/cycle/terms/").status_code == 403
