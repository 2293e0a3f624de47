"""The page on which files are brought in, deliveries under way, and one delivery: who may do what, and what the numbers say."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from ledger.audit.models import AuditEntry
from ledger.intake import originals, trials, uploads
from ledger.intake.deliveries import take_queued
from ledger.intake.models import Upload
from ledger.journal.models import Delivery
from ledger.kit import doorbell
from ledger.roster.models import Role
from oversight.intake.incoming import clear_abandoned
from oversight.intake.progress import Seen, progress, read_seen, seen_text
from tests.builders import make_user
from tests.oversight.cast import Cast, logged_in

PAGE = "/intake/upload/"


@pytest.fixture(autouse=True)
def bells(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tasks that were rung for."""
    rung: list[str] = []
    monkeypatch.setattr(doorbell, "ring", rung.append)
    return rung


def units(cast: Cast, *codes: str) -> bytes:
    lines = [f"{code},{code}中队,squad,{cast.first.code}\n" for code in codes]
    return ("code,name,kind,parent_code\n" + "".join(lines)).encode("gb18030")


def send(client: Client, *files: tuple[str, bytes], **headers: Any) -> Any:
    sent = [SimpleUploadedFile(name, content) for name, content in files]
    return client.post(f"{PAGE}put/", {"file": sent}, **headers)


def test_files_that_are_sent_are_shown_with_what_they_were_taken_for(cast: Cast, supervisor: Client):
    answer = send(supervisor, ("units.csv", units(cast, "Q1")), ("奇怪.csv", b"a,b\n1,2\n"))
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    rows = supervisor.get(PAGE).context["uploads"]
    assert [(row["name"], row["encoding"], row["state"], row["ready"]) for row in rows] == [
        ("units.csv", "GB18030", "ready", True),
        ("奇怪.csv", "UTF-8", "question", False),
    ]
    assert not list(Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir())


def test_the_script_is_answered_in_words_and_a_good_file_with_nothing(cast: Cast, supervisor: Client):
    script = {"headers": {"X-Requested-With": "XMLHttpRequest"}}
    good = send(supervisor, ("units.csv", units(cast, "Q1")), **script)
    assert (good.status_code, good.content) == (200, b"")
    empty = send(supervisor, ("空.csv", b""), **script)
    assert empty.status_code == 422
    assert "空.csv" in empty.content.decode()
    assert supervisor.post(f"{PAGE}put/", **script).status_code == 422
    assert Upload.objects.count() == 1


def test_more_than_is_taken_is_not_read_and_said_to_be_too_much(cast: Cast, supervisor: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settings, "INTAKE_MAX_BYTES", 1000)
    monkeypatch.setattr("oversight.intake.incoming.WRAPPING", 1000)
    answer = send(supervisor, ("units.csv", b"x" * 4000), headers={"X-Requested-With": "XMLHttpRequest"})
    assert answer.status_code == 422
    assert "1000 B" in answer.content.decode()
    assert not Upload.objects.exists()


def test_files_are_sent_with_the_token_of_the_page_or_not_at_all(cast: Cast):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.supervisor)
    assert send(client, ("units.csv", units(cast, "Q1"))).status_code == 403
    page = client.get(PAGE)
    token = page.context["csrf_token"]
    assert send(client, ("units.csv", units(cast, "Q1")), headers={"X-CSRFToken": str(token)}).status_code == 302


def test_from_sending_to_the_end(cast: Cast, supervisor: Client, bells: list[str]):
    send(supervisor, ("units.csv", units(cast, "Q1", "Q2")), ("奇怪.csv", b"a,b\n1,2\n"))
    upload = Upload.objects.get(name="units.csv")
    supervisor.post(f"{PAGE}all/", {"act": "try"})
    assert bells == ["ledger.tasks.try_uploads"]
    shown = supervisor.get(f"{PAGE}?open={upload.pk}")
    assert shown.context["panel"]["trial"]["trying"]
    live = shown.context["live"]["url"]
    trials.try_pending()
    answer = supervisor.get(live)
    text = answer.content.decode()
    assert f'id="upload-{upload.pk}"' in text
    assert f'id="trial-{upload.pk}"' in text
    assert "hx-get" not in text
    assert answer.context["trial"]["counts"]["accepted"] == "2"
    taken = supervisor.post(f"{PAGE}all/", {"act": "take"})
    assert (taken["Location"], bells[-1]) == ("/intake/", "ledger.tasks.take_deliveries")
    page = supervisor.get("/intake/")
    (line,) = page.context["deliveries"]
    assert (line["progress"]["state"], line["received"]) == ("queued", 0)
    take_queued()
    after = supervisor.get(page.context["live"]["url"])
    assert [(one["received"], one["accepted"], one["progress"]["state"]) for one in after.context["deliveries"]] == [(2, 2, "done")]
    assert after.context["live"]["url"] == ""
    assert "hx-get" not in after.content.decode()
    assert [row["name"] for row in supervisor.get(PAGE).context["uploads"]] == ["奇怪.csv"]


def test_a_wrong_source_keeps_what_was_chosen(cast: Cast, supervisor: Client):
    send(supervisor, ("units.csv", units(cast, "Q1")))
    upload = Upload.objects.get()
    chosen = {"kind": "agencies", "sheet": "", "source": "two words", "backfill": "on"}
    answer = supervisor.post(f"{PAGE}{upload.pk}/change/", chosen)
    assert answer.status_code == 422
    form = answer.context["panel"]["form"]
    assert (form["kind"], form["source"], form["backfill"]) == ("agencies", "two words", True)
    assert "two words" in form["error"]
    supervisor.post(f"{PAGE}{upload.pk}/change/", chosen | {"source": "vms"})
    upload.refresh_from_db()
    assert (upload.kind, upload.source, upload.backfill) == ("agencies", "vms", True)


def test_others_see_a_file_and_may_try_it_but_not_take_change_or_drop_it(cast: Cast, supervisor: Client):
    send(supervisor, ("units.csv", units(cast, "Q1")))
    upload = Upload.objects.get()
    other = logged_in(make_user(Role.SUPERVISOR, cast.detachment, name="吴某"))
    (seen,) = other.get(f"{PAGE}?open={upload.pk}").context["uploads"]
    assert (seen["own"], seen["by"]) == (False, cast.supervisor.name)
    assert other.post(f"{PAGE}{upload.pk}/try/").status_code == 302
    for act in ("change", "sheet", "drop"):
        assert other.post(f"{PAGE}{upload.pk}/{act}/", {"source": "manual"}).status_code == 403, act
    other.post(f"{PAGE}{upload.pk}/take/")
    other.post(f"{PAGE}all/", {"act": "take"})
    assert not Delivery.objects.exists()
    admin = logged_in(cast.of[Role.SYSTEM_ADMIN])
    admin.post(f"{PAGE}all/", {"act": "take"})
    assert not Delivery.objects.exists()
    assert admin.post(f"{PAGE}{upload.pk}/take/")["Location"] == "/intake/"
    assert Delivery.objects.get().actor == cast.of[Role.SYSTEM_ADMIN].username
    assert supervisor.post(f"{PAGE}{upload.pk}/drop/").status_code == 409
    assert supervisor.post(f"{PAGE}99999/drop/").status_code == 404


def test_only_a_system_admin_has_the_original_and_the_download_is_recorded(cast: Cast, supervisor: Client):
    content = units(cast, "Q1")
    send(supervisor, ("单位 units.csv", content))
    supervisor.post(f"{PAGE}{Upload.objects.get().pk}/take/")
    one = Delivery.objects.get()
    assert supervisor.get(f"/intake/{one.pk}/").context["original_url"] == ""
    assert supervisor.get(f"/intake/{one.pk}/original/").status_code == 403
    admin = logged_in(cast.of[Role.SYSTEM_ADMIN])
    answer = admin.get(admin.get(f"/intake/{one.pk}/").context["original_url"])
    assert b"".join(answer.streaming_content) == content
    assert answer["Content-Disposition"].endswith("%E5%8D%95%E4%BD%8D%20units.csv")
    entry = AuditEntry.objects.get(action="delivery.original")
    assert (entry.actor, entry.target, entry.detail["sha256"]) == (Role.SYSTEM_ADMIN, str(one.pk), one.sha256)
    originals.path_of(one.sha256).unlink()
    assert admin.get(f"/intake/{one.pk}/original/").status_code == 404


@pytest.mark.services
def test_a_delivery_tells_why_rows_were_not_taken_and_masks_them(cast: Cast, supervisor: Client):
    rows = [f"T{n},violation,onsite,NO,070001,2026-03-02 09:00,\n" for n in range(3)]
    rows.append(f"X1,violation,onsite,{cast.first.code},070001,2026-03-02 09:00,4.30702198001010E+17\n")
    text = "serial_no,line,action,unit_code,handler_no,accepted_at,person_id_no\n" + "".join(rows)
    send(supervisor, ("transactions.csv", text.encode()))
    supervisor.post(f"{PAGE}all/", {"act": "take"})
    take_queued()
    page = supervisor.get(f"/intake/{Delivery.objects.get().pk}/")
    figures = {name: int(number) for name, _label, number in page.context["figures"]}
    assert figures["received"] == 4 == sum(number for name, number in figures.items() if name != "received")
    assert [(reason["count"], reason["row"]) for reason in page.context["reasons"]] == [("3", "2"), ("1", "5")]
    assert "4.30**17" in page.content.decode()
    assert "4.30702198001010E+17" not in page.content.decode()
    assert page.context["poll_url"] == ""


NOW = timezone.now().replace(microsecond=0)


def delivery(**fields: Any) -> Delivery:
    return Delivery(pk=7, kind="transactions", name="x.csv", **{"status": "running", "received": 30_000, "expected_rows": 120_000} | fields)


def test_rate_and_remaining_time_follow_from_what_the_page_saw_before():
    far = progress(delivery(lease_until=NOW + timedelta(minutes=1)), Seen(10_000, NOW.timestamp() - 20), NOW)
    assert (far["state"], far["percent"], far["value"], far["max"]) == ("running", 25, 30_000, 120_000)
    assert far["rate"].startswith("每秒1,000行")
    assert far["left"] == "约剩2分钟"
    assert (progress(delivery(), None, NOW)["rate"], progress(delivery(), None, NOW)["left"]) == ("", "")
    more = progress(delivery(received=130_000), Seen(0, NOW.timestamp() - 10), NOW)
    assert (more["percent"], more["max"], more["left"]) == (100, 130_000, "")


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"status": "queued", "received": 0}, "queued"),
        ({"status": "queued"}, "interrupted"),
        ({"status": "queued", "received": 0, "error": "disk full"}, "interrupted"),
        ({"lease_until": NOW - timedelta(seconds=1)}, "interrupted"),
        ({"lease_until": NOW + timedelta(seconds=1)}, "running"),
        ({"status": "failed", "error": "gone"}, "failed"),
        ({"status": "done"}, "done"),
    ],
)
def test_the_state_of_a_delivery_says_whether_it_goes_on_by_itself(fields: dict[str, Any], state: str):
    far = progress(delivery(**fields), None, NOW)
    assert far["state"] == state
    assert bool(far["note"]) == (state in ("interrupted", "failed"))
    assert fields.get("error", "") in far["note"]


def test_what_a_page_saw_is_remembered_until_it_is_too_old():
    first = seen_text([delivery(received=5)], {}, NOW)
    later = NOW + timedelta(seconds=30)
    assert read_seen(first) == {7: Seen(5, NOW.timestamp())}
    assert seen_text([delivery(received=50)], read_seen(first), later) == first
    assert read_seen(seen_text([delivery(received=50)], read_seen(first), NOW + timedelta(hours=1)))[7].received == 50
    assert read_seen("x-1-2.7--3.8-1.9-9-9-9." + "9" * 20 + "-1-1") == {}


def test_a_list_asks_again_only_while_something_is_under_way(cast: Cast, supervisor: Client):
    Delivery.objects.create(source="manual", kind="steps", name="steps.csv", status="done")
    assert supervisor.get("/intake/").context["live"]["url"] == ""
    running = Delivery.objects.create(source="manual", kind="steps", name="steps2.csv", status="running", received=4, accepted=4)
    page = supervisor.get("/intake/")
    Delivery.objects.create(source="manual", kind="steps", name="later.csv", status="running", received=1, accepted=1)
    Delivery.objects.filter(pk=running.pk).update(received=9, accepted=8, rejected=1)
    live = supervisor.get(page.context["live"]["url"])
    assert [one["number"] for one in live.context["deliveries"]] == [running.pk]
    assert live.context["totals"]["received"] == 9
    assert live.context["live"]["url"]
    assert supervisor.get("/intake/?fragment=live&was=junk&top=x&before=-1").status_code == 200


def test_what_a_broken_sending_left_is_removed_after_a_day():
    folder = Path(settings.FILE_UPLOAD_TEMP_DIR)
    old, fresh = folder / "old.upload", folder / "fresh.upload"
    for path in (old, fresh):
        path.touch()
    os.utime(old, (0, 0))
    assert clear_abandoned() == 1
    assert [path.name for path in folder.iterdir()] == ["fresh.upload"]
    fresh.unlink()


def test_a_large_file_is_looked_at_in_the_background_and_appears_by_itself(
    cast: Cast, supervisor: Client, bells: list[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(uploads, "LOOKED_AT_ONCE", 1)
    send(supervisor, ("units.csv", units(cast, "Q1")))
    assert bells == ["ledger.tasks.try_uploads"]
    upload = Upload.objects.get()
    page = supervisor.get(f"{PAGE}?open={upload.pk}")
    assert [(row["state"], row["ready"]) for row in page.context["uploads"]] == [("looking", False)]
    supervisor.post(f"{PAGE}all/", {"act": "take"})
    assert not Delivery.objects.exists()
    trials.try_pending()
    live = supervisor.get(page.context["live"]["url"])
    assert [(row["state"], row["kind"]) for row in live.context["rows"]] == [("ready", "单位")]
    assert live.context["panel"]["heads"] == ["code", "name", "kind", "parent_code"]
    assert live.context["live"]["url"] == ""


def test_another_sheet_of_a_workbook_becomes_a_file_of_its_own(cast: Cast, supervisor: Client, tmp_path: Path):
    with xlsxwriter.Workbook(tmp_path / "book.xlsx") as book:
        for name, rows in {"单位": [["单位编码", "名称", "类型"]], "岗位": [["岗位编码", "名称"], ["P1", "登记岗"]]}.items():
            sheet = book.add_worksheet(name)
            for number, cells in enumerate(rows):
                sheet.write_row(number, 0, cells)
    send(supervisor, ("book.xlsx", (tmp_path / "book.xlsx").read_bytes()))
    first = Upload.objects.get()
    others = supervisor.get(f"{PAGE}?open={first.pk}").context["panel"]["other_sheets"]
    assert others == [{"name": "岗位", "kind": "岗位"}]
    answer = supervisor.post(f"{PAGE}{first.pk}/sheet/", {"sheet": "岗位"})
    second = Upload.objects.latest("pk")
    assert answer["Location"] == f"{PAGE}?open={second.pk}#upload-{second.pk}"
    assert (second.kind, second.preview["expected_rows"]) == ("posts", 1)
    assert supervisor.get(f"{PAGE}?open={first.pk}").context["panel"]["other_sheets"] == []
