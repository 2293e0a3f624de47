"""The simulate command writes the files it says, and refuses what it cannot do in one line."""

import json
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
from django.core.management import CommandError, call_command


def run(*args: str) -> str:
    out = StringIO()
    call_command("simulate", *args, stdout=out)
    return out.getvalue()


def test_json_names_the_files_and_their_rows(tmp_path: Path) -> None:
    answer = json.loads(run("-o", str(tmp_path), "--days", "30", "--transactions", "900", "--seed", "4", "--until", "2026-06-14", "--json"))
    assert answer["files"] == sorted(path.name for path in tmp_path.iterdir())
    for name, rows in answer["rows"].items():
        assert len(pd.read_csv(tmp_path / name, dtype=str)) == rows
    assert (answer["from"], answer["to"]) == ("2026-05-16", "2026-06-14")


def test_only_named_scenarios_are_written(tmp_path: Path) -> None:
    base = ("--days", "20", "--transactions", "600", "--until", "2026-06-14")
    run("-o", str(tmp_path), *base, "--scenarios", "zero_fine,burst_ticketing")
    assert set(pd.read_csv(tmp_path / "labels.csv")["scenario"]) == {"zero_fine", "burst_ticketing"}
    run("-o", str(tmp_path), *base, "--scenarios", "none")
    assert pd.read_csv(tmp_path / "labels.csv").empty


def test_an_unknown_scenario_and_a_folder_that_is_a_file_end_with_code_two(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="nonsense") as refused:
        run("-o", str(tmp_path), "--transactions", "100", "--scenarios", "nonsense")
    assert refused.value.returncode == 2
    (tmp_path / "taken").write_text("")
    with pytest.raises(CommandError) as refused:
        run("-o", str(tmp_path / "taken"), "--transactions", "100", "--days", "5")
    assert refused.value.returncode == 2
