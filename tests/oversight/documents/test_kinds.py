"""The kinds of documents: shipped templates belong to them, values are shaped, masked and harmless."""

import re
from io import BytesIO

import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st

from oversight.documents.building import build
from oversight.documents.case_kinds import ASSIGNMENT, CIRCULAR, RECTIFICATION, SUPERVISION
from oversight.documents.catalogue import FOLDER, KINDS
from oversight.documents.checking import check_template
from oversight.documents.filling import filled
from oversight.documents.kinds import SYSTEM, DocumentKind, Part
from oversight.documents.papers import drawn
from oversight.documents.values import clean, context, ordinal, samples, shaped
from tests.oversight.documents.word import read, text_of

EVERY = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())


def whole(kind: DocumentKind, **given: object) -> dict:
    return {name: f"〔{name}〕" for name in SYSTEM} | shaped(kind, given)


@EVERY
def test_a_shipped_template_is_what_its_kind_makes_of_it_and_prints_every_field(kind: DocumentKind):
    content = (FOLDER / f"{kind.code}.docx").read_bytes()
    built = BytesIO()
    build(kind).save(built)
    word = read(content)
    assert word.element.xml == read(built.getvalue()).element.xml, "run python -m oversight.documents.building"
    section = word.sections[0]
    lengths = (
        section.page_width,
        section.page_height,
        section.top_margin,
        section.right_margin,
        section.bottom_margin,
        section.left_margin,
    )
    assert [round(length.mm) for length in lengths] == [210, 297, 37, 26, 35, 28]
    normal = word.styles["Normal"].element.xml
    assert "仿宋" in normal
    closer = int(re.search(r'<w:spacing w:val="(-?\d+)"/>', normal)[1]) / 20
    assert int(156 / 25.4 * 72 / (16 + closer)) == 28
    assert 'w:type="lines"' in section._sectPr.xml, "a grid of characters is drawn at twice the width by LibreOffice"
    assert set(check_template(kind, content).unused) == {field.name for field in kind.of_part(Part.KEPT)}
    printed, shown = text_of(filled(content, context(kind, samples(kind)))), repr(drawn(kind, samples(kind)))
    for field in kind.fields:
        if field.part is not Part.KEPT:
            expected = [f"〔{column}{number}〕" for column in field.columns for number in (1, 2)] or [f"〔{field.name}"]
            assert all(text in printed and text in shown for text in expected), field.name


@pytest.mark.parametrize("kind", [RECTIFICATION, ASSIGNMENT], ids=["official", "form"])
def test_a_document_of_which_nothing_is_known_can_still_be_printed(kind: DocumentKind):
    values = whole(kind)
    assert "{{" not in text_of(filled((FOLDER / f"{kind.code}.docx").read_bytes(), context(kind, values)))
    assert not drawn(kind, values).get("clauses")


def test_a_version_from_before_a_field_was_added_is_still_drawn():
    old = {name: value for name, value in whole(ASSIGNMENT, 事项="退办率偏高").items() if name not in ("依据", "责任分工")}
    assert "退办率偏高" in repr(drawn(ASSIGNMENT, old))


def test_only_filled_fields_have_headings_and_they_are_counted():
    values = whole(CIRCULAR, 原因="流于形式", 要求="立即自查")
    assert [clause["heading"] for clause in drawn(CIRCULAR, values)["clauses"]] == ["一、原因分析", "二、工作要求"]
    printed = text_of(filled((FOLDER / "circular.docx").read_bytes(), context(CIRCULAR, values)))
    assert "一、原因分析" in printed and "二、工作要求" in printed and "总体情况" not in printed


@pytest.mark.parametrize(("number", "text"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (34, "三十四")])
def test_ordinals_are_written_as_people_do(number: int, text: str):
    assert ordinal(number) == text


def test_numbers_of_persons_are_masked_unless_the_form_asks_for_them():
    number = "430702198001010012"
    row = {"事实": f"当事人{number}", "证据流水": "2600000000012", "违反条款": "", "清单项": ""}
    values = shaped(RECTIFICATION, {"整改要求": f"回访{number}、13900001234", "问题清单": [row], "联系人": "赵某 13900001234"})
    assert values["整改要求"] == "回访430****12、139****34"
    assert (values["问题清单"][0]["事实"], values["问题清单"][0]["证据流水"]) == ("当事人430****12", "2600000000012")
    assert values["联系人"] == "赵某 13900001234"


def test_a_value_for_a_field_the_kind_does_not_have_is_refused_and_own_numbers_give_way():
    with pytest.raises(ValueError, match="罚款"):
        shaped(ASSIGNMENT, {"罚款": "200"})
    assert "文号" not in shaped(ASSIGNMENT, {"文号": "ZG-1", "编号": "ZG-1"})


def test_names_may_carry_marks_and_rows_may_be_lines():
    values = shaped(SUPERVISION, {"来源预警/案号": ["AJ-1", "YD-2"]})
    assert values["来源预警案号"] == "AJ-1、YD-2"
    assert shaped(ASSIGNMENT, {"问题清单": ["甲", "乙"]})["问题清单"][1]["事实"] == "乙"


def test_lists_and_lines_are_taken_in_either_form():
    values = shaped(CIRCULAR, {"主送": ["一大队", "二大队"], "典型问题": "甲\n\n乙", "要求": ["甲", "乙"]})
    assert (values["主送"], values["典型问题"], values["要求"]) == ("一大队、二大队", ["甲", "乙"], "甲\n乙")


NASTY = [
    "{{ 7*7 }}",
    "{% for a in b %}",
    "</w:t></w:r><w:br/>",
    "<script>x</script>",
    "&amp; & \"'",
    "甲\x07乙\x0c丙\x00\ufffe",
    "#}",
    "\\a",
]


def test_a_value_is_text_whatever_it_looks_like():
    rows = [{"事实": text} for text in NASTY]
    values = whole(RECTIFICATION, 主送单位=NASTY, 整改要求=NASTY, 问题清单=rows)
    printed = text_of(filled((FOLDER / "rectification_notice.docx").read_bytes(), context(RECTIFICATION, values)))
    for text in NASTY:
        assert printed.count(clean(text)) >= 3, text


TINY = BytesIO()
_tiny = Document()
_tiny.add_paragraph("{{ 主送 }}")
_tiny.add_paragraph("{{ 要求 }}")
_tiny.add_paragraph("{{ 典型问题|lines }}")
_tiny.save(TINY)
TEXTS = st.text(alphabet=st.characters(exclude_categories=[]), max_size=40)


@settings(max_examples=15, deadline=None)
@given(line=TEXTS, lines=st.lists(TEXTS, max_size=3))
def test_whatever_is_typed_becomes_a_word_file_that_opens(line: str, lines: list[str]):
    values = whole(CIRCULAR, 主送=line, 要求=line, 典型问题=lines)
    printed = text_of(filled(TINY.getvalue(), context(CIRCULAR, values)))
    assert all(text in printed for text in (values["主送"], *values["要求"].split("\n"), *values["典型问题"]))
