"""The documents say what the code does: links, commands, columns, reasons, detectors, rules, the clock; none says where it was made."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class
from django.utils import translation

from ledger.intake.reading.kinds import KINDS, Column, Kind
from ledger.intake.reading.reasons import MARKS, REASONS, Fault
from ledger.lines import lines
from oversight.schedule import BEAT_SCHEDULE, DEMO_SCHEDULE
from risk.alerts.exports import COLUMNS
from risk.alerts.models import Alert
from risk.detectors.base import LEVELS, SUBJECT_COLUMNS
from risk.detectors.registry import detectors
from risk.evaluation.simulate.tables import LABELS
from risk.rules.entries import Entry
from risk.rules.shipped import read
from tests.servers import CHECKOUT

NOT_OURS = {"node_modules", "var", "wheelhouse", "vendor", "__pycache__", "migrations"}
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
DOCUMENTS = {name: (CHECKOUT / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in ("data-format", "detection", "operations")}
# Joined from halves, so that this file does not name them itself.
UNSPEAKABLE = {
    "a path of one machine": re.compile("/" + r"(?:work|root|home/[a-z]+|tmp/w)/"),
    "the host of a package registry": re.compile(r"(?:pypi|pythonhosted|npmjs|npmmirror|yarnpkg)" + r"\.(?:org|com)"),
    "the number of a ticket": re.compile("iss" + r"ue\s+#?\d", re.IGNORECASE),
}


def own_files() -> Iterator[Path]:
    """Files of the project, without what is made, installed or vendored."""
    folders = [CHECKOUT]
    while folders:
        for path in sorted(folders.pop().iterdir()):
            hidden = path.name.startswith(".") and path.name not in (".ci", ".gitignore", ".dockerignore")
            if hidden or path.name in NOT_OURS or path.is_symlink():
                continue
            if path.is_dir():
                folders.append(path)
            else:
                yield path


def section(document: str, title: str, level: str = "###") -> str:
    """What stands under a heading, up to the next one of its level or above."""
    found = re.search(rf"^{level} {re.escape(title)}\n(.*?)(?=^#{{1,{len(level)}}} |\Z)", DOCUMENTS[document], re.MULTILINE | re.DOTALL)
    assert found, f"docs/{document}.md has no heading “{title}”"
    return found[1]


def rows(text: str) -> list[list[str]]:
    """The cells of every table row that begins with a name in code, or follows one."""
    cut = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in text.splitlines() if line.startswith("| ")]
    return [cells for cells in cut if any("`" in cell for cell in cells[:2])]


def anchors(text: str) -> set[str]:
    """The anchors of a document's headings, as forges make them."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", [path for path in own_files() if path.suffix == ".md"], ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_every_link_of_a_document_leads_to_a_file_and_a_heading_that_are_there(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    dead = []
    for target in LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        if not file.exists() or (anchor and anchor not in anchors(file.read_text(encoding="utf-8"))):
            dead.append(target)
    assert not dead


@pytest.mark.parametrize("kind", KINDS)
def test_the_columns_of_a_kind_stand_in_the_data_format_as_the_intake_knows_them(kind: str) -> None:
    table = rows(section("data-format", f"{kind} {KINDS[kind].chinese}"))
    told = [(cells[0].strip("`*"), tuple(cells[1].split(", ")), cells[0].endswith("*")) for cells in table]
    assert told == [(column.name, column.chinese, column.required) for column in KINDS[kind].columns]


def test_the_kinds_stand_in_the_data_format_in_the_order_in_which_they_are_read() -> None:
    titles = re.findall(r"^### ([a-z_]+) [^\x00-\x7f]", DOCUMENTS["data-format"], re.MULTILINE)
    assert titles == list(KINDS)


def test_every_line_with_its_actions_stands_in_the_data_format() -> None:
    table = rows(section("data-format", "Business lines", "##").partition("### ")[0])
    with translation.override("zh-hans"):
        known = {line.code: {code: str(title) for code, title in line.actions.items()} for line in lines().values()}
    assert {cells[0].strip("`"): dict(re.findall(r"`(\w+)` ([^,]+)", cells[2])) for cells in table} == known


def test_every_standard_attribute_stands_in_the_data_format_with_its_type() -> None:
    table = rows(section("data-format", "Standard attributes"))
    known = {(line.code, name, given.column, given.kind) for line in lines().values() for name, given in line.attributes.items()}
    assert {(cells[0], cells[1].strip("`"), cells[2], cells[3]) for cells in table} == known


CHOICES = [(kind, column) for kind in KINDS.values() for column in kind.columns if column.name in ("kind", "status")]


@pytest.mark.parametrize(("kind", "column"), CHOICES, ids=[kind.code for kind, _column in CHOICES])
def test_the_values_a_column_may_have_are_all_named(kind: Kind, column: Column) -> None:
    table = rows(section("data-format", f"{kind.code} {kind.chinese}"))
    told = next(cells[3].partition(";")[0] for cells in table if cells[0].strip("`*") == column.name)
    with pytest.raises(Fault) as refused:
        column.read("no such value")
    assert re.findall(r"`(\w+)`", told) == refused.value.detail["allowed"].split(", ")


def test_every_quarantine_reason_and_every_mark_is_documented_and_no_other() -> None:
    assert [cells[0].strip("`") for cells in rows(section("data-format", "Quarantine", "##"))] == list(REASONS)
    told = [cells[0].strip("`") for cells in rows(section("data-format", "What becomes of a row", "##"))]
    assert told == list(MARKS)


@pytest.mark.parametrize("path", [path for path in own_files() if path.suffix == ".md"], ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_every_command_named_in_a_document_exists(path: Path) -> None:
    named = re.findall(r"manage\.py ([a-z][a-z_]+)", path.read_text(encoding="utf-8"))
    assert set(named) <= set(get_commands())


def test_every_command_of_the_project_is_in_the_data_format_with_options_it_has() -> None:
    own = {name: app for name, app in get_commands().items() if app in ("ledger", "risk", "oversight")}
    told = dict(re.findall(r"^### `manage\.py (\w+)(.*)`$", DOCUMENTS["data-format"], re.MULTILINE))
    assert set(told) == set(own)
    for name, usage in told.items():
        parser = load_command_class(own[name], name).create_parser("manage.py", name)
        known = {option for action in parser._actions for option in action.option_strings}
        assert set(re.findall(r"(?<!\w)--?[a-z][a-z-]*", usage)) <= known, name


def test_what_export_and_labels_hold_is_told_column_by_column() -> None:
    export = section("data-format", "`manage.py export_alerts [--from D] [--to D] [--format csv|jsonl] [-o FILE] [--json]`")
    assert ", ".join(f"`{name}`" for name in COLUMNS) in export
    for word in (*SUBJECT_COLUMNS, *LEVELS, *Alert.Status.values):
        assert re.search(rf"\b{word}\b", export), word
    assert ", ".join(f"`{name}`" for name in LABELS) in section("data-format", "labels.csv", "##")


@pytest.mark.parametrize("code", detectors())
def test_every_detector_is_described_with_all_its_parameters(code: str) -> None:
    text = section("detection", code)
    told = re.findall(r"`(\w+)`", text.rpartition("Parameters:")[2])
    assert set(told) == set(detectors()[code].Params.__dataclass_fields__)


def test_no_detector_is_described_that_is_not_there() -> None:
    assert set(re.findall(r"^### (\w+)$", DOCUMENTS["detection"], re.MULTILINE)) == set(detectors())


def rule_row(entry: Entry) -> str:
    reached = " / ".join(f"{entry.thresholds[level]:g}" if level in entry.thresholds else "–" for level in LEVELS)
    words = (
        f"`{entry.code}`",
        entry.title_zh,
        entry.title_en,
        entry.detector,
        entry.subject_kind,
        str(entry.window_days),
        f"{reached} {entry.unit}",
    )
    return f"| {' | '.join(words)} |"


def test_the_table_of_rules_is_the_shipped_catalogue() -> None:
    told = {line for line in section("detection", "Shipped rules", "##").splitlines() if line.startswith("| `")}
    shipped = {rule_row(entry) for entry in read()}
    missing, stale = sorted(shipped - told), sorted(told - shipped)
    assert told == shipped, "\n".join(["docs/detection.md lacks", *missing, "and has", *stale])


def test_everything_done_by_the_clock_stands_in_the_operations_table() -> None:
    timetable = BEAT_SCHEDULE | DEMO_SCHEDULE
    told = {cells[1].strip("`"): cells[0] for cells in rows(section("operations", "By the clock", "##"))}
    assert set(told) == {entry["task"] for entry in timetable.values()}
    for entry in timetable.values():
        if isinstance(entry["schedule"], float):
            assert told[entry["task"]].startswith(f"{entry['schedule']:g} s")


def test_no_file_says_where_it_was_written() -> None:
    found = []
    for path in own_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for what, pattern in UNSPEAKABLE.items():
            found += [f"{path.relative_to(CHECKOUT)}: {what}: {match[0]}" for match in pattern.finditer(text)]
    assert not found, "\n".join(found)
