"""Attachments: judged by content, kept by content, sent in pieces that survive a cut, opened only by who sees the order."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from ledger.audit.models import AuditEntry
from ledger.kit.errors import BadInput, Conflict, NotAllowed, NotFound, TooLarge
from oversight.attachments import keeping
from oversight.attachments.formats import kind_of
from oversight.orders import attaching, reviewing, sending
from oversight.orders.models import Attachment, Sending
from oversight.orders.queries import papers_of
from tests.oversight.cast import logged_in
from tests.oversight.orders.building import JPEG, PNG, Scene, office

pytestmark = pytest.mark.services
MP4 = b"\0\0\0\x18ftypmp42" + b"\0" * 30


def written(folder: Path, content: bytes) -> Path:
    path = folder / "file"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (JPEG, "jpeg"),
        (PNG, "png"),
        (b"%PDF-1.7\n", "pdf"),
        (MP4, "mp4"),
        (office("word/document.xml"), "docx"),
        (office("xl/workbook.xml"), "xlsx"),
        (b"<html><script>alert(1)</script></html>", None),
        (b"GIF89a", None),
        (b"PK\x03\x04 cut off", None),
        (office("ppt/presentation.xml"), None),
        (office("word/document.xml", "word/vbaProject.bin"), None),
        (b"\0\0\0\x18ftypheic", None),
    ],
)
def test_a_file_is_what_its_content_says(tmp_path: Path, content: bytes, kind: str | None):
    path = written(tmp_path, content)
    if kind is None:
        with pytest.raises(BadInput):
            kind_of(path)
    else:
        assert kind_of(path) == kind


def test_a_photo_that_few_computers_show_is_refused_with_what_to_do(tmp_path: Path):
    with pytest.raises(BadInput, match="HEIC"):
        kind_of(written(tmp_path, b"\0\0\0\x24ftypmif1"))


def test_a_paper_is_kept_once_taken_off_and_still_there_for_what_was_sent(scene: Scene, tmp_path: Path):
    order = scene.working()
    told = {"number": order.number, "actor": scene["clerk"]}
    photo = attaching.attach(**told, path=written(tmp_path, JPEG), name="C:\\照片\\现场.jpg")
    assert attaching.attach(**told, path=written(tmp_path, JPEG), name="again.jpg") == photo
    assert (photo.name, keeping.KEPT.path_of(photo.sha256).read_bytes()) == ("现场.jpg", JPEG)
    table = attaching.attach(**told, path=written(tmp_path, office("xl/workbook.xml")), name="台账.xlsx")
    response = scene.send(order)
    with pytest.raises(Conflict):
        attaching.detach(**told, attachment=photo.pk)
    reviewing.send_back(number=order.number, actor=scene["second"], comments={"attachments": "补第3周台账"})
    attaching.detach(**told, attachment=photo.pk)
    with pytest.raises(Conflict):
        attaching.detach(**told, attachment=photo.pk)
    assert list(papers_of(order)) == [table]
    assert set(response.attachments.all()) == {photo, table}
    client = logged_in(scene["second"])
    assert client.get(f"/orders/{order.number}/attachments/{photo.pk}/").status_code == 200


@pytest.mark.parametrize("content", [b"", b"<html></html>"])
def test_what_is_not_taken_leaves_nothing_behind(scene: Scene, tmp_path: Path, content: bytes):
    order = scene.working()
    with pytest.raises(BadInput):
        attaching.attach(number=order.number, actor=scene["leader"], path=written(tmp_path, content), name="x.pdf")
    assert not Attachment.objects.exists()


def test_too_large_and_too_many(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    order = scene.working()
    told = {"number": order.number, "actor": scene["leader"]}
    with pytest.raises(TooLarge):
        sending.begin_sending(**told, name="a.mp4", size=keeping.LARGEST + 1, key="a")
    monkeypatch.setattr(keeping, "LARGEST", 100)
    monkeypatch.setattr(attaching, "MOST", 1)
    with pytest.raises(TooLarge):
        attaching.attach(**told, path=written(tmp_path, JPEG * 2), name="a.jpg")
    attaching.attach(**told, path=written(tmp_path, PNG), name="a.png")
    with pytest.raises(BadInput):
        attaching.attach(**told, path=written(tmp_path, b"%PDF-1.4"), name="b.pdf")


def parts() -> list[Path]:
    return list(Path(settings.FILE_UPLOAD_TEMP_DIR).glob("part-*"))


def test_a_cut_sending_goes_on_where_it_was(scene: Scene):
    order = scene.working()
    told = {"number": order.number, "actor": scene["leader"]}
    about = {"name": "现场.jpg", "size": len(JPEG), "key": "现场.jpg:1"}
    begun = sending.begin_sending(**told, **about)
    token = begun.sending.token
    assert sending.take_piece(**told, token=token, start=0, piece=JPEG[:30]).bytes == 30
    # The answer got lost: the sender asks again, and is told how much is here.
    assert sending.begin_sending(**told, **about).bytes == 30
    with pytest.raises(Conflict):
        sending.take_piece(**told, token=token, start=0, piece=JPEG[:30])
    with pytest.raises(BadInput):
        sending.take_piece(**told, token=token, start=30, piece=JPEG)
    with pytest.raises(NotFound):
        sending.take_piece(number=order.number, actor=scene["deputy"], token=token, start=30, piece=JPEG[30:])
    with pytest.raises(BadInput):
        sending.begin_sending(**told, **about | {"size": 9})
    done = sending.take_piece(**told, token=token, start=30, piece=JPEG[30:])
    assert done.attachment is not None
    assert keeping.KEPT.path_of(done.attachment.sha256).read_bytes() == JPEG
    assert not Sending.objects.exists() and not parts()


def test_a_wrong_file_sent_in_pieces_is_not_gone_on_with(scene: Scene):
    order = scene.working()
    told = {"number": order.number, "actor": scene["leader"]}
    begun = sending.begin_sending(**told, name="a.jpg", size=13, key="a")
    with pytest.raises(BadInput):
        sending.take_piece(**told, token=begun.sending.token, start=0, piece=b"<html></html>")
    assert not Sending.objects.exists() and not Attachment.objects.exists() and not parts()


def test_nobody_outside_the_unit_adds_a_paper(scene: Scene):
    order = scene.working()
    with pytest.raises(NotAllowed):
        sending.begin_sending(number=order.number, actor=scene["second"], name="a.jpg", size=9, key="a")
    with pytest.raises(NotFound):
        sending.begin_sending(number=order.number, actor=scene["stranger"], name="a.jpg", size=9, key="a")


def test_in_the_browser_piece_by_piece_then_opened_and_audited(scene: Scene):
    order, client = scene.working(), logged_in(scene["leader"])
    here = f"/orders/{order.number}/attachments/"
    begun = client.post(f"{here}begin/", {"name": "现场.jpg", "size": len(JPEG), "key": "k"}).json()

    def piece(start: str, content: bytes) -> tuple[int, dict]:
        address = f"{here}piece/{begun['token']}/"
        answer = client.post(address, content, content_type="application/octet-stream", headers={"Upload-Offset": start})
        return answer.status_code, answer.json()

    assert piece("0", JPEG[:10]) == (200, {"offset": 10, "done": False})
    assert piece("-1", JPEG[10:])[0] == 409
    assert piece("10", JPEG[10:]) == (200, {"offset": len(JPEG), "done": True})
    one = Attachment.objects.get()
    answer = client.get(f"{here}{one.pk}/")
    assert b"".join(answer.streaming_content) == JPEG
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
    assert answer["Content-Disposition"].startswith("inline")
    assert AuditEntry.objects.filter(action="order.attachment_opened", target=order.number).count() == 1
    assert logged_in(scene["stranger"]).get(f"{here}{one.pk}/").status_code == 404
    assert "现场.jpg" in client.get(f"/orders/{order.number}/response/?fragment=papers").content.decode()
    wrong = client.post(f"{here}begin/", {"name": "a", "size": "9" * 20, "key": "k"})
    assert wrong.status_code == 413 and wrong.json()["error"]
    client.post(f"{here}{one.pk}/drop/")
    assert client.get(f"{here}{one.pk}/").status_code == 404


def test_whole_files_without_script(scene: Scene):
    order, client = scene.working(), logged_in(scene["leader"])
    files = [SimpleUploadedFile("说明.docx", office("word/document.xml")), SimpleUploadedFile("a.pdf", b"%PDF-1.4 x")]
    assert client.post(f"/orders/{order.number}/attachments/", {"file": files}).status_code == 302
    assert [one.kind for one in papers_of(order)] == ["docx", "pdf"]
    page = client.post(f"/orders/{order.number}/attachments/", {"file": SimpleUploadedFile("a.pdf", b"<html>")})
    assert page.status_code == 400 and "按内容判断" in page.content.decode()
    pdf = client.get(f"/orders/{order.number}/attachments/{papers_of(order)[1].pk}/")
    assert pdf["Content-Disposition"].startswith("attachment")


def test_a_paper_gone_from_the_disk_is_told(scene: Scene, tmp_path: Path):
    order = scene.working()
    one = attaching.attach(number=order.number, actor=scene["leader"], path=written(tmp_path, PNG + b"1"), name="a.png")
    keeping.KEPT.path_of(one.sha256).unlink()
    answer: Client = logged_in(scene["leader"])
    assert answer.get(f"/orders/{order.number}/attachments/{one.pk}/").status_code == 404
