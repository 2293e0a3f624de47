"""`manage.py up` as a user runs it: real web server, worker and beat."""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.servers import CHECKOUT, Platform, free_port, healthy, platform_environment, running_platform


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def processes_of(platform: Platform) -> dict[int, str]:
    """The living processes that carry this platform's VAR_DIR in their environment, by pid, with their command."""
    mark, found = f"VAR_DIR={platform.var_dir}".encode(), {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                found[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue
    return {pid: command for pid, command in found.items() if command}


def child(platform: Platform, word: str) -> int:
    def pids() -> list[int]:
        return [pid for pid, command in processes_of(platform).items() if f" {word} " in command and "leash.py" not in command]

    wait_for(lambda: len(pids()) == 1)
    return pids()[0]


@contextmanager
def copy_running(prepared: Path, folder: Path) -> Iterator[Platform]:
    shutil.copytree(prepared, folder / "var")
    with running_platform(folder / "var") as started:
        wait_for(lambda: "ready" in started.text())
        yield started


@pytest.fixture
def platform(tmp_path: Path, prepared_instance: Path) -> Iterator[Platform]:
    """One that a test may end."""
    with copy_running(prepared_instance, tmp_path) as started:
        yield started


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory, prepared_instance: Path) -> Iterator[Platform]:
    """One for all tests after which it runs on."""
    with copy_running(prepared_instance, tmp_path_factory.mktemp("lasting")) as started:
        yield started


def beats(platform: Platform) -> bool:
    """True once beat has published and the worker has taken: the broker's folder exists and is empty again."""
    messages = platform.var_dir / "broker" / "messages"
    return messages.is_dir() and not list(messages.glob("*.msg"))


def test_the_platform_is_one_tree_that_ends_within_seconds(platform: Platform) -> None:
    assert {child(platform, word) for word in ("uvicorn", "worker", "beat")} <= set(processes_of(platform))
    wait_for(lambda: beats(platform))
    started = time.monotonic()
    platform.process.send_signal(signal.SIGINT)
    assert platform.process.wait(15) == 0
    assert time.monotonic() - started < 10
    assert processes_of(platform) == {}
    assert platform.text().rstrip().endswith("stopped")


def test_a_platform_whose_parent_is_killed_leaves_no_orphan(platform: Platform) -> None:
    for word in ("uvicorn", "worker", "beat"):
        child(platform, word)
    platform.process.kill()
    platform.process.wait()
    wait_for(lambda: processes_of(platform) == {}, seconds=5)
    assert not healthy(platform.url)


def test_a_web_process_that_is_killed_comes_back(lasting: Platform) -> None:
    before = child(lasting, "uvicorn")
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: healthy(lasting.url) and child(lasting, "uvicorn") != before)
    assert "[web]" in lasting.text()


def test_health_is_answered_without_the_database_and_pages_by_django(lasting: Platform) -> None:
    with urllib.request.urlopen(f"{lasting.url}/healthz", timeout=5) as answer:
        assert answer.read() == b"ok\n"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{lasting.url}/no-such-page?id=43070219900101123X", timeout=20)
    assert refused.value.code == 404
    folder = lasting.var_dir / "logs"
    wait_for(lambda: "no-such-page" in (folder / "web.log").read_text())
    logs = "".join(path.read_text(errors="replace") for path in folder.glob("*.log"))
    assert "43070219900101123X" not in logs, "the query string is personal data"


def test_a_second_start_is_refused_while_the_first_runs(lasting: Platform) -> None:
    for arguments, expected in (
        (["--port", lasting.url.rpartition(":")[2]], "is taken"),
        (["--port", str(free_port())], "already running"),
    ):
        run = subprocess.run(
            [sys.executable, "manage.py", "up", *arguments],
            cwd=CHECKOUT,
            env=platform_environment(lasting.var_dir),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert run.returncode == 2
        assert expected in run.stderr and len(run.stderr.strip().splitlines()) == 1


def test_a_database_that_does_not_answer_ends_the_start_with_one_line(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "manage.py", "up", "--port", str(free_port())],
        cwd=CHECKOUT,
        env=platform_environment(tmp_path, DATABASE_URL=f"postgres://mingjing:secret@127.0.0.1:{free_port()}/mingjing"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 2
    assert len(run.stderr.strip().splitlines()) == 1 and "DATABASE_URL" in run.stderr
    assert "secret" not in run.stderr
