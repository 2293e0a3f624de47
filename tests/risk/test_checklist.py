"""The shipped checklist: read strictly, published once as version 1, never over what is there."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from risk.checklist.models import ChecklistItem, ChecklistVersion
from risk.checklist.queries import item_at
from risk.checklist.services import load_checklist
from risk.checklist.shipped import ChecklistError, read
from risk.rules import shipped as rules

DETECTION = Path(__file__).parents[2] / "docs" / "detection.md"
HEADER = "no,line,post,step,risk_point,level,manifestation,control,owner,supervision_level,cadence,prohibition,basis,rules\n"
ROW = "REG-A1,registration,导办岗,受理,刁难退办,medium,多次退办,一次告知,窗口负责人,unit,month,5,登记规定,REG-14;REG-15\n"


def ship(folder: Path, text: str) -> Path:
    file = folder / "default.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_whole_practitioners_checklist_is_shipped():
    items = read()
    assert len(items) == 76
    assert {item.line for item in items} == {"registration", "exam", "inspection", "accident", "violation", "common"}


def test_every_shipped_rule_names_an_item():
    items = {item.no for item in read()}
    assert {entry.code: entry.checklist_item for entry in rules.read() if entry.checklist_item not in items} == {}


def test_every_rule_the_checklist_names_is_shipped_or_told_to_be_left_out():
    named = {code for item in read() for code in item.rules}
    shipped = {entry.code for entry in rules.read()}
    told = DETECTION.read_text(encoding="utf-8").partition("### Left out of the catalogue\n")[2].partition("\n## ")[0]
    left_out = re.findall(r"^- `([A-Z]+-\d+)` ", told, re.MULTILINE)
    assert sorted(left_out) == sorted(named - shipped)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEADER.replace("basis,", ""), "its columns are"),
        (HEADER + ROW.replace("medium", "red"), "REG-A1: level cannot be 'red'"),
        (HEADER + ROW.replace("registration", "taxes"), "REG-A1: line cannot be 'taxes'"),
        (HEADER + ROW.replace("一次告知", " "), "REG-A1: control is empty"),
        (HEADER + ROW.replace(",5,", ",9,"), "REG-A1: prohibition cannot be '9'"),
        (HEADER + ROW + ROW, "REG-A1 stands in it twice"),
    ],
)
def test_a_slip_in_the_file_is_named(tmp_path, text, message):
    with pytest.raises(ChecklistError, match=message):
        read(ship(tmp_path, text))


@pytest.mark.services
@pytest.mark.django_db
def test_it_becomes_version_one_once_and_is_never_overwritten(tmp_path):
    assert load_checklist() is not None
    assert ChecklistItem.objects.count() == 76
    assert load_checklist(file=ship(tmp_path, HEADER + ROW)) is None
    assert ChecklistVersion.objects.get().items.count() == 76
    with pytest.raises(TypeError):
        ChecklistItem.objects.update(control="")
    with pytest.raises(TypeError):
        ChecklistVersion.objects.get().delete()


@pytest.mark.django_db
def test_an_item_is_told_as_it_was_in_force_at_the_time():
    load_checklist()
    now = timezone.now()
    later = ChecklistVersion.objects.create(
        number=2, digest="0" * 64, effective_from=now + timedelta(days=1), published_at=now, published_by="tester"
    )
    first = item_at("REG-A1", now)
    assert first is not None and first.version.number == 1
    ChecklistItem.objects.create(
        **{field: getattr(first, field) for field in ("no", "line", "post", "step", "risk_point", "level", "owner")},
        **{"supervision_level": first.supervision_level, "cadence": first.cadence, "place": 1, "version": later, "control": "另一措施"},
    )
    after = item_at("REG-A1", now + timedelta(days=2))
    assert after is not None and after.control == "另一措施" and first.control != after.control
    assert item_at("REG-A2", now + timedelta(days=2)) is None
    assert item_at("", now) is None
