"""Kept views: an address under a name, own or shared; whoever opens one sees only what they may see."""

from typing import Any

import pytest
from django.test import Client

from ledger.audit.models import AuditEntry
from ledger.kit.errors import BadInput, Conflict, NotAllowed, NotFound
from ledger.roster.models import Role
from oversight.center.models import SavedView
from oversight.center.saved_views import MOST, change_view, delete_view, save_view
from oversight.viewer import Viewer
from tests.builders import make_alert, make_user
from tests.oversight.cast import Cast, logged_in


def names(client: Client) -> list[str]:
    return [view["name"] for view in client.get("/alerts/").context["saved"]["views"]]


def keep(client: Client, **values: Any) -> Any:
    return client.post("/alerts/views/save/", {"name": "值班默认", "query": "tab=open&level=red", **values}, follow=True)


@pytest.mark.services
def test_a_view_is_the_address_it_was_made_from_and_marks_its_list(cast: Cast, supervisor: Client):
    make_alert(cast.first, level="red")
    make_alert(cast.first, level="blue")
    keep(supervisor, query="level=red&tab=open&nonsense=1&sort=due&by=alert", pinned="1")
    page = supervisor.get("/alerts/")
    (view,) = page.context["saved"]["views"]
    assert view["url"] == "/alerts/?tab=open&level=red&sort=due&by=alert"
    assert not page.context["saved"]["active"]
    opened = supervisor.get(view["url"])
    assert opened.context["saved"]["active"] == "值班默认"
    (tab,) = page.context["saved"]["tabs"]
    assert tab["count"] == opened.context["total"] == len(opened.context["alerts"]) == 1
    assert AuditEntry.objects.filter(action="view.saved", target="值班默认").count() == 1


def test_the_same_name_again_keeps_the_new_address(cast: Cast, supervisor: Client):
    keep(supervisor)
    keep(supervisor, query="tab=open&level=blue")
    assert SavedView.objects.get().query == "tab=open&level=blue"


@pytest.mark.services
def test_a_view_is_private_until_it_is_shared_and_a_shared_one_shows_each_reader_only_their_alerts(cast: Cast, supervisor: Client):
    other = make_user(Role.SUPERVISOR, cast.first)
    hidden = make_alert(cast.first, level="red", subject_code=other.staff_no)
    elsewhere = make_alert(cast.second, level="red")
    seen = make_alert(cast.first, level="red")
    reader = logged_in(other)
    keep(supervisor)
    assert names(reader) == []
    keep(supervisor, shared="1", pinned="1")
    page = reader.get("/alerts/")
    (tab,) = page.context["saved"]["tabs"]
    assert (tab["name"], tab["count"], tab["change_url"]) == ("值班默认", 1, None)
    assert [row["number"] for row in reader.get(tab["url"]).context["alerts"]] == [seen.number]
    assert {row["number"] for row in supervisor.get(tab["url"]).context["alerts"]} == {hidden.number, elsewhere.number, seen.number}


def test_a_search_is_never_shared_for_its_text_could_name_a_person(cast: Cast, supervisor: Client):
    viewer = Viewer(cast.supervisor)
    with pytest.raises(BadInput):
        save_view(viewer=viewer, name="查人", query="q=梁某", shared=True)
    kept = save_view(viewer=viewer, name="查人", query="q=梁某")
    with pytest.raises(BadInput):
        change_view(viewer=viewer, pk=kept.pk, name="查人", shared=True, pinned=False)
    assert not SavedView.objects.get().shared


def test_only_supervisors_share(cast: Cast):
    with pytest.raises(NotAllowed):
        save_view(viewer=Viewer(cast.of[Role.LEADER]), name="我的", query="tab=open", shared=True)
    save_view(viewer=Viewer(cast.of[Role.LEADER]), name="我的", query="tab=open")
    assert names(logged_in(cast.of[Role.LEADER])) == ["我的"]


@pytest.mark.services
def test_an_own_view_is_renamed_and_deleted_and_nobody_elses(cast: Cast, supervisor: Client):
    viewer, stranger = Viewer(cast.supervisor), Viewer(cast.of[Role.DISCIPLINE])
    one = save_view(viewer=viewer, name="一", query="tab=open", shared=True)
    two = save_view(viewer=viewer, name="二", query="tab=new")
    with pytest.raises(Conflict):
        change_view(viewer=viewer, pk=two.pk, name="一", shared=False, pinned=False)
    for act in (
        lambda: delete_view(viewer=stranger, pk=one.pk),
        lambda: change_view(viewer=stranger, pk=one.pk, name="他", shared=False, pinned=False),
    ):
        with pytest.raises(NotFound):
            act()
    supervisor.post(f"/alerts/views/{two.pk}/change/", {"name": "三", "pinned": "1", "query": "tab=open"})
    assert list(SavedView.objects.order_by("pk").values_list("name", "pinned", "shared")) == [("一", False, True), ("三", True, False)]
    supervisor.post(f"/alerts/views/{one.pk}/delete/", {"query": "tab=open"})
    assert names(supervisor) == ["三"]
    assert supervisor.post(f"/alerts/views/{one.pk}/delete/").status_code == 404


def test_a_name_is_needed_and_there_is_an_end_of_views(cast: Cast, supervisor: Client):
    viewer = Viewer(cast.supervisor)
    for name in ("", "   ", "长" * 21):
        with pytest.raises(BadInput):
            save_view(viewer=viewer, name=name, query="tab=open")
    for number in range(MOST):
        save_view(viewer=viewer, name=f"视图{number}", query="tab=open")
    with pytest.raises(BadInput):
        save_view(viewer=viewer, name="又一个", query="tab=open")
    save_view(viewer=viewer, name="视图0", query="tab=new")
    answer = keep(supervisor, name="又一个")
    assert answer.redirect_chain[-1][0] == "/alerts/?tab=open&level=red"
    assert str(MOST) in answer.content.decode()
