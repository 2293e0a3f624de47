"""The page of the sources: what needs somebody first, in words, with the numbers; and one source by days."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from ledger.intake.services import take_records
from ledger.journal.models import Delivery
from ledger.kit.days import today
from ledger.roster.models import Role
from oversight.intake.strips import HEAD, HEIGHT, strip
from tests.builders import make_staff
from tests.deliveries import HISTORY, last_days, make_counts, make_deliveries
from tests.oversight.cast import Cast, logged_in

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture
def admin(cast: Cast) -> Client:
    client = logged_in(cast.of[Role.SYSTEM_ADMIN])
    client.cookies["django_language"] = "zh-hans"
    return client


def rows(client: Client) -> dict[tuple[str, str], dict[str, Any]]:
    found = client.get(reverse("intake:sources")).context["rows"]
    return {(row["source"], str(row["kind"])): row for row in found}


def opened(client: Client, source: str, kind: str = "transactions", **query: str) -> Any:
    return client.get(reverse("intake:source", kwargs={"kind": kind, "source": source}), query)


def test_before_anything_was_delivered_the_page_says_so(admin: Client) -> None:
    page = admin.get(reverse("intake:sources"))
    assert page.context["rows"] == []
    assert "尚无数据源报送" in page.content.decode()


def test_the_gravest_come_first_with_their_reasons(admin: Client) -> None:
    make_counts("calm", "exam", working=400, resting=200)
    make_deliveries("calm", last_days(HISTORY), received=400, rejected=10)
    make_counts("silent", "exam", working=400, resting=200)
    make_deliveries("silent", last_days(HISTORY, 5))
    make_counts("holes", "exam", working=400, resting=200, changes={3: 0, 4: 0, 5: 0, 6: 0})
    make_deliveries("holes", last_days(HISTORY))
    make_counts("flood", "exam", working=400, resting=200, changes={2: 5000})
    make_deliveries("flood", last_days(HISTORY))
    found = rows(admin)
    assert [key[0] for key in found] == ["silent", "holes", "flood", "calm"]
    assert [str(row["state_label"]) for row in found.values()] == ["迟到", "缺口", "数量异常", "正常"]
    ago = [f"{today() - timedelta(days=days):%m-%d}" for days in range(7)]
    assert found["silent", "业务"]["reasons"] == ["已5天未报送，通常间隔不超过1天"]
    assert found["holes", "业务"]["reasons"] == [f"{ago[3]}、{ago[4]}、{ago[5]}等，另有1天没有数据，通常应有"]
    (flood,) = found["flood", "业务"]["reasons"]
    assert flood.startswith(f"{ago[2]}：5,000，多于通常的")
    assert (found["calm", "业务"]["reasons"], found["calm", "业务"]["rejected"]) == ([], "2.5%")
    assert found["holes", "业务"]["strip_text"].endswith(f"没有数据：{ago[3]}、{ago[4]}、{ago[5]}、{ago[6]}")
    assert "<title>" in admin.get(reverse("intake:sources")).content.decode()


def test_a_manifest_of_a_source_that_never_delivered_is_told(admin: Client) -> None:
    day = str(today() - timedelta(days=2))
    take_records(
        kind="manifests",
        records=[{"manifest_no": "Q9", "of_kind": "complaints", "first_day": day, "last_day": day, "expected": "7"}],
        source="hotline/一",
    )
    row = rows(admin)["hotline/一", "投诉举报"]
    assert (str(row["state_label"]), row["reasons"]) == ("缺口", ["清单Q9应报7，实有0，缺7"])
    page = admin.get(row["url"])
    assert page.status_code == 200
    line = next(one for one in page.context["days"] if str(one["day"]) == day)
    assert (line["rows"], line["expected"], line["difference"]) == ("0", "7", "-7")
    assert page.context["deliveries"] == []


def test_a_source_opens_by_days_of_all_lines_or_of_one(admin: Client) -> None:
    make_counts("six", "exam", working=400, resting=200, changes={3: 0})
    make_counts("six", "violation", working=900, resting=900)
    make_deliveries("six", last_days(HISTORY))
    day = today() - timedelta(days=3)
    told = {"first_day": str(day), "last_day": str(day)}
    manifests = [told | {"manifest_no": "A", "expected": "999"}, told | {"manifest_no": "B", "line": "exam", "expected": "410"}]
    take_records(kind="manifests", records=manifests, source="six")
    page = opened(admin, "six")
    assert page.context["reasons"] == [
        f"驾驶人考试：{day:%m-%d}没有数据，通常应有",
        "清单A应报999，实有" + _rows(page, day) + "，" + _off(999, _rows(page, day)),
        "清单B应报410，实有0，缺410",
        *[reason for reason in page.context["reasons"] if "少于通常" in reason],
    ]
    assert len(page.context["days"]) == 28
    exam = opened(admin, "six", line="exam")
    (lost,) = [one for one in exam.context["days"] if one["gap"]]
    assert (lost["day"], lost["rows"], lost["expected"], lost["difference"]) == (day, "0", "410", "-410")
    assert [line["active"] for line in exam.context["lines"]] == [False, True, False]
    assert opened(admin, "six", line="nothing").context["lines"][0]["active"]


def _rows(page: Any, day: object) -> str:
    return next(str(one["rows"]) for one in page.context["days"] if one["day"] == day)


def _off(expected: int, rows: str) -> str:
    difference = int(rows.replace(",", "")) - expected
    return f"多{difference}" if difference > 0 else f"缺{-difference}"


def test_kinds_without_event_days_are_watched_by_their_deliveries_alone(admin: Client) -> None:
    make_deliveries("personnel", last_days(40, 12), kind="staff")
    row = rows(admin)["personnel", "人员"]
    assert (str(row["state_label"]), row["yesterday"], row["strip"]) == ("迟到", "", None)
    assert opened(admin, "personnel", "staff").context["days"] == []
    assert opened(admin, "personnel", "posts").status_code == 404
    assert opened(admin, "nobody").status_code == 404


def test_other_spellings_of_codes_are_listed_with_numbers_of_people_masked(admin: Client, cast: Cast) -> None:
    make_staff(cast.first, staff_no="070123")
    person = {"staff_no": "０７０123", "name": "张某", "kind": "officer", "unit_code": cast.first.code}
    take_records(kind="staff", records=[person], source="personnel")
    page = opened(admin, "personnel", "staff")
    (told,) = page.context["spellings"]
    assert told["text"].startswith("警号/工号写作“０７０1**”")
    assert "０７０123" not in page.content.decode()


def test_the_deliveries_of_one_source_page_by_page(admin: Client) -> None:
    make_deliveries("six", last_days(59))
    make_deliveries("other", last_days(3))
    page = admin.get(reverse("intake:deliveries"), {"source": "six"})
    assert {one["source"] for one in page.context["deliveries"]} == {"six"}
    older = admin.get(page.context["next_url"])
    assert (len(page.context["deliveries"]), len(older.context["deliveries"])) == (50, 10)
    assert {one["source"] for one in older.context["deliveries"]} == {"six"}
    assert len(admin.get(reverse("intake:deliveries")).context["deliveries"]) == 50
    assert "没有报送" in admin.get(reverse("intake:deliveries"), {"source": "nobody"}).content.decode()


def test_the_strip_marks_days_by_shape_and_keeps_them_in_its_frame(cast: Cast, admin: Client) -> None:
    make_counts("six", "exam", working=400, resting=200, changes={3: 0, 4: 9, 5: 90_000})
    make_deliveries("six", last_days(HISTORY))
    drawn = rows(admin)["six", "业务"]["strip"]
    assert [bar["mark"] for bar in drawn["bars"][-6:]] == ["above", "below", "gap", "", "", ""]
    assert all(bar["y"] >= HEAD and bar["y"] + bar["height"] == HEAD + HEIGHT for bar in drawn["bars"])
    assert drawn["bars"][-1]["kind"] == "open"
    assert strip([])["bars"] == []


def test_a_failed_delivery_is_told_as_the_last_one(admin: Client) -> None:
    make_deliveries("six", last_days(3, 1))
    Delivery.objects.create(source="six", kind="transactions", status="failed", actor="张某")
    assert rows(admin)["six", "业务"]["last_by"] == "张某"
    assert opened(admin, "six").context["deliveries"][0]["failed"]
