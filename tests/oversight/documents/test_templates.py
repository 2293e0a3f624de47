"""文书模板: what may be brought, that it counts from then on, that no version is lost, and what is refused."""

import zipfile
from collections.abc import Callable
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from ledger.audit.models import AuditEntry
from ledger.kit.errors import BadInput, Conflict, MingjingError
from ledger.roster.models import Role
from oversight.documents.case_kinds import ASSIGNMENT
from oversight.documents.catalogue import FOLDER
from oversight.documents.checking import LARGEST, check_template
from oversight.documents.models import Template
from oversight.documents.templates import current_template, put_back_template, put_template, template_version
from tests.oversight.cast import Cast, logged_in
from tests.oversight.documents.word import repacked, text_of, with_text

SHIPPED = (FOLDER / "assignment.docx").read_bytes()
PAGE = "/documents/templates/assignment/"


def replaced(name: str, old: bytes, new: bytes) -> bytes:
    def change(part_name: str, part: bytes) -> bytes:
        return part.replace(old, new) if part_name == name else part

    return repacked(SHIPPED, change)


def changed(*lines: str) -> bytes:
    return with_text(SHIPPED, *lines)


def _workbook() -> bytes:
    written = BytesIO()
    with zipfile.ZipFile(written, "w") as package:
        package.writestr("xl/workbook.xml", "<workbook/>")
    return written.getvalue()


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "unknown placeholder": (lambda: changed("{{ 罚款金额 }}"), "罚款金额"),
    "unknown column": (lambda: changed("{%p for 行 in 问题清单 %}", "{{ 行.金额 }}", "{%p endfor %}"), "金额"),
    "unknown ordinal": (lambda: changed("{{ 序.罚款 }}"), "序.罚款"),
    "unclosed": (lambda: changed("{{ 案号"), ""),
    "unclosed loop": (lambda: changed("{%p for 行 in 问题清单 %}"), ""),
    "call": (lambda: changed("{{ 案号.upper() }}"), "call"),
    "way out": (lambda: changed("{{ 案号.__class__ }}"), "__class__"),
    "arithmetic": (lambda: changed("{{ 案号 * 999999999 }}"), "mul"),
    "macro": (lambda: changed("{% macro x() %}{{ x() }}{% endmacro %}"), "macro"),
    "include": (lambda: changed("{% include 'x' %}"), "include"),
    "filter": (lambda: changed("{{ 案号|safe }}"), "safe"),
    "loops in loops": (
        lambda: changed("{% for a in 问题清单 %}{% for b in 问题清单 %}{% for c in 问题清单 %}x{% endfor %}{% endfor %}{% endfor %}"),
        "for",
    ),
    "no number": (lambda: replaced("word/document.xml", "{{ 文号 }}".encode(), b""), "文号"),
    "macros": (lambda: repacked(SHIPPED, **{"word/vbaProject.bin": b"x"}), "vbaProject"),
    "a program": (lambda: repacked(SHIPPED, **{"word/media/x.exe": b"MZ"}), "x.exe"),
    "macro type": (lambda: replaced("[Content_Types].xml", b"wordprocessingml.document.main", b"macroEnabled.main"), ".docm"),
    "outside": (lambda: replaced("word/_rels/document.xml.rels", b"<Relationship ", b'<Relationship TargetMode="External" '), ""),
    "a field that runs": (lambda: replaced("word/footer1.xml", b" PAGE ", b" DDEAUTO cmd "), ""),
    "document type": (
        lambda: replaced("docProps/app.xml", b"<Properties", b"<!DOCTYPE x [<!ENTITY a 'b'>]><Properties"),
        "docProps/app.xml",
    ),
    "bomb": (lambda: repacked(SHIPPED, **{"word/media/a.png": b"0" * 17_000_000}), ""),
    "long text": (lambda: repacked(SHIPPED, **{"word/x.xml": b" " * 1_100_000}), ""),
    "too large": (lambda: SHIPPED + b"0" * LARGEST, "2"),
    "no zip": (lambda: b"PK\x03\x04 and nothing", ""),
    "cut short": (lambda: SHIPPED[: len(SHIPPED) // 2], ""),
    "a workbook": (_workbook, ""),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_template_that_would_do_harm_or_lose_something_is_refused_by_name(what: str):
    make, named = REFUSED[what]
    with pytest.raises(MingjingError) as refused:
        check_template(ASSIGNMENT, make())
    assert named in str(refused.value)


def test_placeholders_conditions_loops_and_split_runs_are_taken():
    good = changed(
        "{%p if 责任人 %}",
        "责任人 {{ 责任人|default('无') }}",
        "{%p endif %}",
        "{%p for 行 in 问题清单 %}",
        "{{ loop.index }} {{ 行.事实 }}",
        "{%p endfor %}",
    )
    assert check_template(ASSIGNMENT, good).unused == ()


@pytest.mark.services
def test_a_brought_template_counts_from_then_on_and_every_version_can_be_put_back(cast: Cast):
    admin = cast.of[Role.SYSTEM_ADMIN]
    assert (current_template(ASSIGNMENT).version, current_template(ASSIGNMENT).content) == (0, SHIPPED)
    first, second = changed("内部资料"), changed("注意保密")
    put_template(kind=ASSIGNMENT, content=first, name="交办单.docx", actor=admin, note="加密级")
    put_template(kind=ASSIGNMENT, content=second, name="交办单2.docx", actor=admin)
    assert (current_template(ASSIGNMENT).version, current_template(ASSIGNMENT).content) == (2, second)
    with pytest.raises(Conflict):
        put_template(kind=ASSIGNMENT, content=second, name="交办单3.docx", actor=admin)
    assert put_back_template(kind=ASSIGNMENT, version=1, actor=admin).version == 3
    assert put_back_template(kind=ASSIGNMENT, version=0, actor=admin).version == 4
    assert current_template(ASSIGNMENT).content == SHIPPED
    assert [template_version(ASSIGNMENT, number).content for number in (1, 2, 3)] == [first, second, first]
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == ["template.put"] * 2 + ["template.put_back"] * 2
    with pytest.raises(TypeError):
        Template.objects.update(sha256="0" * 64)


def test_only_word_files_by_their_name(cast: Cast):
    with pytest.raises(BadInput):
        put_template(kind=ASSIGNMENT, content=SHIPPED, name="交办单.docm", actor=cast.of[Role.SYSTEM_ADMIN])


def test_the_pages_of_the_admin(cast: Cast):
    client = logged_in(cast.of[Role.SYSTEM_ADMIN])
    assert "整改通知书" in client.get("/documents/templates/").content.decode()
    assert client.post(PAGE, {"note": "x"}).status_code == 400
    refused = client.post(PAGE, {"file": SimpleUploadedFile("a.docx", changed("{{ 罚款 }}")), "note": "加抄送"})
    assert (refused.status_code, refused.context["note"]) == (400, "加抄送")
    assert "{{ 罚款 }}" in refused.content.decode()
    taken = client.post(PAGE, {"file": SimpleUploadedFile("新交办单.docx", changed("内部资料")), "note": "加密级"}, follow=True)
    assert [(row["number"], row["in_use"], row["note"]) for row in taken.context["versions"]] == [(1, True, "加密级"), (0, False, "")]
    assert "内部资料" in text_of(client.get(f"{PAGE}1/").content)
    assert client.get(f"{PAGE}9/").status_code == 404
    back = client.post(f"{PAGE}0/put-back/", follow=True)
    assert [row["number"] for row in back.context["versions"] if row["in_use"]] == [2]
    assert client.get(f"{PAGE}0/")["Content-Disposition"].endswith("%E7%AC%AC0%E7%89%88.docx")


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.LEADER, Role.DISCIPLINE, Role.AUDIT_ADMIN])
def test_nobody_else_changes_templates(cast: Cast, role: str):
    client: Client = logged_in(cast.of[role])
    assert client.get(PAGE).status_code == 403
    assert client.post(f"{PAGE}0/put-back/").status_code == 403
