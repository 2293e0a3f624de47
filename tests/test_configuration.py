"""Settings from the environment: documented, read strictly, safe in production."""

import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from tests.environment import names_of_settings
from tests.servers import CHECKOUT, platform_environment

DOCUMENT = (CHECKOUT / "docs" / "configuration.md").read_text(encoding="utf-8")
PRODUCTION = {
    "PRODUCTION": "1",
    "SECRET_KEY": secrets.token_urlsafe(48),
    "HASH_KEY": secrets.token_urlsafe(48),
    "ALLOWED_HOSTS": "mingjing.example.internal",
    "CSRF_TRUSTED_ORIGINS": "https://mingjing.example.internal",
    "DATABASE_URL": "postgres://mingjing:x@127.0.0.1:1/mingjing",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}


def manage(var_dir: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=CHECKOUT,
        env=platform_environment(var_dir, **settings),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("name", names_of_settings())
def test_every_variable_that_is_read_is_documented(name: str) -> None:
    row = next((line for line in DOCUMENT.splitlines() if line.startswith(f"| `{name}` |")), "")
    assert row, f"{name} is read in oversight/env.py and missing in docs/configuration.md"
    assert all(cell.strip() for cell in row.strip("|").split("|")), f"{name}: meaning, default or example is empty"


def test_every_documented_variable_is_read() -> None:
    table = DOCUMENT.partition("## Variables")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE)) == set(names_of_settings())


def test_only_env_py_reads_the_environment() -> None:
    allowed = {"oversight/env.py"}
    # These hand it on or name the settings module, which is no setting of an instance.
    passing_on = re.compile(r"os\.environ\.setdefault\(\"DJANGO_SETTINGS_MODULE\"|os\.environ \| \{\"VAR_DIR\"")
    readers = set()
    for package in ("ledger", "risk", "oversight"):
        for path in (CHECKOUT / package).rglob("*.py"):
            text = passing_on.sub("", path.read_text(encoding="utf-8"))
            if re.search(r"os\.environ|getenv", text):
                readers.add(str(path.relative_to(CHECKOUT)))
    assert readers <= allowed


def test_every_system_check_is_explained() -> None:
    ids = set(re.findall(r"mingjing\.[EW]\d{3}", (CHECKOUT / "oversight" / "checks.py").read_text(encoding="utf-8")))
    assert ids and ids == set(re.findall(r"mingjing\.[EW]\d{3}", DOCUMENT))


def test_production_settings_pass_the_deployment_check_without_a_warning(tmp_path: Path) -> None:
    run = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert run.returncode == 0, run.stderr
    assert "no issues" in run.stdout + run.stderr


@pytest.mark.parametrize(
    "mistakes",
    [
        {
            "mingjing.W001": {"DATABASE_URL": ""},
            "mingjing.W002": {"REDIS_URL": ""},
            "mingjing.W003": {"HTTPS": "0"},
            "mingjing.W004": {"ALLOWED_HOSTS": "*"},
            "mingjing.E003": {"HASH_KEY": "short"},
        },
        {"mingjing.E001": {"REDIS_URL": "http://redis:6379"}, "mingjing.E004": {"HASH_KEY": PRODUCTION["SECRET_KEY"]}},
    ],
)
def test_mistakes_in_production_settings_are_named_and_nothing_else(tmp_path: Path, mistakes: dict[str, dict[str, str]]) -> None:
    """Several at once, since each check is a process that loads the whole platform."""
    settings = {name: value for mistake in mistakes.values() for name, value in mistake.items()}
    run = manage(tmp_path, "check", **PRODUCTION | settings)
    assert set(re.findall(r"mingjing\.[EW]\d{3}", run.stderr)) == set(mistakes)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"PRODUCTION": "ture"}, "PRODUCTION=ture"),
        ({"WORKER_THREADS": "many"}, "WORKER_THREADS=many"),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL=LOUD"),
        ({"HOME_REGIONS": "4307,常德"}, "HOME_REGIONS=4307,常德"),
        ({"HOME_PLATES": "湘"}, "HOME_PLATES=湘"),
        ({"DATABASE_URL": "mysql://user@host/name"}, "postgres://"),
        ({"DEMO": "1", "PRODUCTION": "1"}, "refused when PRODUCTION=1"),
        ({"PRODUCTION": "1", "HASH_KEY": "x" * 40}, "SECRET_KEY must be set"),
        ({"VAR_DIR": "/proc/mingjing"}, "VAR_DIR /proc/mingjing cannot be written"),
    ],
)
def test_a_setting_that_cannot_be_used_ends_with_one_line(tmp_path: Path, settings: dict[str, str], expected: str) -> None:
    run = manage(tmp_path, "up", **settings)
    assert run.returncode == 2
    assert expected in run.stderr
    assert len(run.stderr.strip().splitlines()) == 1, run.stderr


def test_the_tests_never_see_the_callers_instance() -> None:
    from django.conf import settings

    assert not str(settings.VAR_DIR).startswith(str(CHECKOUT))
    assert "DEMO" not in os.environ and not settings.DEMO
