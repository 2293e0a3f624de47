"""The shipped rules: read strictly, loaded once, never overwriting what people changed."""

import re
from pathlib import Path

import pytest

from ledger.lines import lines
from risk.alerts.sentences import sentence
from risk.detectors.registry import detectors
from risk.rules.drafts.queries import open_draft, open_drafts
from risk.rules.entries import NUMBERS
from risk.rules.models import Rule, RuleVersion
from risk.rules.queries import current_versions, spec_of, version_on
from risk.rules.services import load_catalogue
from risk.rules.shipped import FOLDER, CatalogueError, read
from tests.risk.detector_rows import category, find, told, transactions

RULE = """[[rule]]
code = "REG-99"
title_zh = "测试"
title_en = "Test"
detector = "condition"
subject_kind = "staff"
subject_column = "handler"
window_days = 30
merge_days = 30
unit = "item"
thresholds = { blue = 1, red = 3 }
params = { all = [{ column = "agency", op = "empty" }] }
sentence_zh = "{subject}{count}件"
sentence_en = "{subject}: {count}"
checklist_item = "REG-A1"
why = "试"
mode = "live"
"""


def ship(folder: Path, text: str = RULE, name: str = "registration.toml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_every_line_has_rules_and_every_rule_its_words_and_checklist_item():
    entries = read()
    assert {entry.line for entry in entries} == {*lines(), "common"}
    assert len(entries) >= 48 and min(sum(entry.line == line for entry in entries) for line in lines()) >= 8
    assert all(entry.why and entry.basis and entry.checklist_item for entry in entries)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('unit = "item"', 'unit = "item"\ncolour = "red"', "registration.toml: REG-99: unknown key 'colour'"),
        ('why = "试"\n', "", "registration.toml: REG-99: why is missing"),
        ('detector = "condition"', 'detector = "oracle"', "REG-99: there is no detector 'oracle'"),
        ('op = "empty"', 'op = "odd"', r"REG-99: params\.all\[0\]\.op: 'odd' is not one of"),
        ("{ blue = 1, red = 3 }", "{ blue = 3, red = 3 }", "REG-99: thresholds must grow graver"),
        ("{ blue = 1, red = 3 }", "{ violet = 3 }", "REG-99: thresholds need at least one of"),
        ("{ blue = 1, red = 3 }", "{}", "REG-99: thresholds need at least one of"),
        ("window_days = 30", "window_days = 0", "REG-99: window_days is 1 to"),
        ("window_days = 30", 'window_days = "30"', "REG-99: window_days cannot be '30'"),
        ('subject_column = "handler"', 'subject_column = "plate"', "REG-99: 'plate' does not name a staff"),
        ('mode = "live"', 'mode = "off"', "REG-99: a rule that is not live says why"),
        ("{subject}: {count}", "{subject}: {weather}", r"REG-99: the sentence asks for \{weather\}"),
        ('unit = "item"', 'unit = "item"\nscope = { colour = ["red"] }', "REG-99: scope names 'colour'"),
        ('unit = "item"', 'unit = "item"\nlines = ["sailing"]', "REG-99: there is no business line 'sailing'"),
        ('title_en = "Test"', f'title_en = "{"x" * 101}"', "REG-99: title_en is longer than 100"),
        (RULE, RULE + RULE, "REG-99: stands in the catalogue twice"),
        (RULE, "rule = 5", "only .*rule.* entries belong here"),
        (RULE, "rule = ", "registration.toml: not TOML"),
    ],
)
def test_a_slip_in_the_catalogue_names_file_and_rule(tmp_path, old, new, message):
    with pytest.raises(CatalogueError, match=message):
        read(ship(tmp_path, RULE.replace(old, new)))


def test_a_file_that_is_no_line_is_refused(tmp_path):
    with pytest.raises(CatalogueError, match="there is no business line 'sailing'"):
        read(ship(tmp_path, name="sailing.toml"))


def test_every_shipped_sentence_can_be_filled_from_what_its_detector_says():
    for entry in read():
        numbers = dict.fromkeys(NUMBERS, 2.5) | {"count": 3, "total": 9, "window": entry.window_days, "distinct": 2, "percent": 60.0}
        version = RuleVersion(sentence_zh=entry.sentence_zh, sentence_en=entry.sentence_en, window_days=entry.window_days)
        for language in ("zh-hans", "en"):
            told = sentence(version=version, numbers=numbers, subject="甲", language=language, level="red", observed=3.0, threshold=2.0)
            assert "{" not in told and len(told) > 10
        if "{distinct}" in entry.sentence_zh:
            assert entry.spec().params.also_distinct
        if "{percent}" in entry.sentence_zh and entry.detector == "frequency":
            assert entry.spec().params.also_share


@pytest.mark.django_db
@pytest.mark.services
def test_loading_publishes_new_rules_once():
    first = load_catalogue()
    assert len(first.created) == len(read()) and not first.proposed
    again = load_catalogue()
    assert again.created == again.proposed == [] and len(again.unchanged) == len(first.created)
    assert RuleVersion.objects.filter(state=RuleVersion.State.PUBLISHED).count() == Rule.objects.count()
    in_force = sorted((entry for entry in read() if entry.mode != "off"), key=lambda entry: entry.code)
    for version, entry in zip(current_versions(), in_force, strict=True):
        assert spec_of(version) == entry.spec()
        assert detectors()[version.detector].needs(spec_of(version))[version.rule.frame]


@pytest.mark.django_db
@pytest.mark.services
def test_a_changed_shipped_rule_is_proposed_and_changes_nothing_in_force(tmp_path):
    load_catalogue(folder=ship(tmp_path))
    changed = ship(tmp_path, RULE.replace("red = 3", "red = 9"))
    assert load_catalogue(folder=changed).proposed == ["REG-99"]
    assert load_catalogue(folder=changed).unchanged == ["REG-99"], "proposed once"
    assert [(v.number, v.state, v.thresholds["red"]) for v in RuleVersion.objects.all()] == [(1, "published", 3)]
    assert [(draft.code, draft.author, draft.content["thresholds"]["red"]) for draft in open_drafts()] == [("REG-99", None, 9)]
    again = ship(tmp_path, RULE.replace("red = 3", "red = 8"))
    assert load_catalogue(folder=again).proposed == ["REG-99"], "a draft nobody touched follows the catalogue"
    assert open_draft("REG-99").content["thresholds"]["red"] == 8
    assert [version.number for version in current_versions(line="registration", subject_kind="staff")] == [1]


@pytest.mark.django_db
def test_what_is_elsewhere_is_said_by_the_city_of_the_installation_and_another_city_is_proposed(settings):
    def values(code: str) -> str:
        return str(version_on(code).params)

    assert not any("HOME_" in str(entry.params) for entry in read())
    load_catalogue()
    assert "湘J" in values("INS-04") and "4324" in values("EXM-10")
    settings.HOME_REGIONS, settings.HOME_PLATES = ["3201"], ["苏A"]
    named = {"INS-04", "INS-73", "EXM-10", "EXM-74", "REG-08", "VIO-23", "VIO-75", "VIO-85", "VIO-86", "ACC-14"}
    assert set(load_catalogue().proposed) == named
    assert "湘J" in values("INS-04")
    drafts = {draft.code: str(draft.content["params"]) for draft in open_drafts()}
    assert drafts.keys() == named and all(("3201" in said or "苏A" in said) and "湘J" not in said for said in drafts.values())


@pytest.mark.django_db
def test_one_wrong_entry_loads_nothing(tmp_path):
    with pytest.raises(CatalogueError):
        load_catalogue(folder=ship(tmp_path, RULE + RULE.replace("REG-99", "REG-98").replace('op = "empty"', 'op = "odd"')))
    assert not Rule.objects.exists()


@pytest.mark.django_db
def test_rules_in_force_are_narrowed_by_line_kind_and_mode(tmp_path):
    off = RULE.replace("REG-99", "REG-98").replace('mode = "live"', 'mode = "off"\nmode_reason = "等待数据"')
    load_catalogue(folder=ship(tmp_path, RULE + off))
    assert [version.rule.code for version in current_versions()] == ["REG-99"]
    assert len(current_versions(modes=("off",))) == 1 and not current_versions(line="exam") and not current_versions(subject_kind="unit")


def test_a_rule_that_waits_for_an_attribute_reads_it():
    for entry in read():
        named = {f"attr.{name}" for name in re.findall(r"attrs\.(\w+)", entry.mode_reason if entry.mode == "off" else "")}
        assert named <= set(detectors()[entry.detector].needs(entry.spec())[entry.frame]), entry.code


def test_the_catalogue_folder_holds_only_rules():
    assert {path.suffix for path in FOLDER.iterdir()} == {".toml"}


@pytest.mark.django_db
@pytest.mark.parametrize(("region", "marked", "share"), [("4307", "1", 50.0), ("4307", "0", None), ("", "1", 50.0), ("4301", "0", 50.0)])
def test_a_candidate_is_from_elsewhere_by_number_or_by_what_the_source_says(region: str, marked: str, share: float | None):
    load_catalogue()
    rule = next(spec for spec in map(spec_of, current_versions()) if spec.rule_code == "EXM-10")
    row = {"line": "exam", "action": "subject1", "agency": "S1", "at": "2026-03-02 09:00"}
    rows = transactions(*[row | {"person": number, "person_region": region if number % 2 else "4307"} for number in range(1, 61)])
    rows["attr.out_of_town"] = category([marked if number % 2 else "0" for number in range(1, 61)])
    assert [hit[3] for hit in told(find(rule, transactions=rows))] == ([share] if share else [])
