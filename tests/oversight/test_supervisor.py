"""The supervising process with children that only sleep: what dies, what is started again, what is left."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from oversight.supervisor import logs, preflight
from tests.servers import CHECKOUT, dies_with_parent

SLEEPER = """
import os, pathlib, sys, time
pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
print("started", flush=True)
time.sleep(600)
"""
SUPERVISOR = """
import os, pathlib, sys
from oversight.supervisor.children import Role
from oversight.supervisor.tree import Surroundings, Tree
folder = pathlib.Path(sys.argv[1])
sleeper = sys.argv[2]
roles = [Role(name, [sys.executable, "-c", sleeper, str(folder / f"{name}.pid")]) for name in ("web", "worker", "beat")]
where = Surroundings(folder, os.environ, folder / "logs")
tell = lambda text: print(text, flush=True)
Tree(roles, where=where, health_url="http://127.0.0.1:1/healthz", on_ready=lambda: None, tell=tell).run()
print("ended", flush=True)
"""


def wait_for(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def pid_in(path: Path) -> int:
    wait_for(lambda: path.exists() and path.read_text().isdigit())
    return int(path.read_text())


def alive(pid: int) -> bool:
    """Also false for a process that has ended and waits to be reaped."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(tmp_path), SLEEPER],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=dies_with_parent(signal.SIGKILL),
        start_new_session=True,
    )
    yield process
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()
    # Only a broken supervisor leaves any.
    for path in tmp_path.glob("*.pid"):
        if alive(int(path.read_text() or 0)):
            os.kill(int(path.read_text()), signal.SIGKILL)


def children(tmp_path: Path) -> list[int]:
    return [pid_in(tmp_path / f"{name}.pid") for name in ("web", "worker", "beat")]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_signal_ends_all_children_within_seconds(supervisor: subprocess.Popen[str], tmp_path: Path, number: signal.Signals) -> None:
    pids = children(tmp_path)
    supervisor.send_signal(number)
    assert supervisor.wait(5) == 0
    assert not any(alive(pid) for pid in pids)


def test_a_supervisor_that_is_killed_leaves_no_orphan(supervisor: subprocess.Popen[str], tmp_path: Path) -> None:
    pids = children(tmp_path)
    supervisor.kill()
    supervisor.wait()
    wait_for(lambda: not any(alive(pid) for pid in pids), seconds=3)


def test_a_child_that_dies_is_started_again_and_said(supervisor: subprocess.Popen[str], tmp_path: Path) -> None:
    before = children(tmp_path)
    os.kill(before[1], signal.SIGKILL)
    wait_for(lambda: pid_in(tmp_path / "worker.pid") != before[1])
    assert alive(pid_in(tmp_path / "worker.pid"))
    assert pid_in(tmp_path / "web.pid") == before[0], "only the dead one is started again"
    supervisor.terminate()
    said, _ = supervisor.communicate(timeout=10)
    assert "[worker]" in said and "SIGKILL" in said


def test_a_child_that_never_comes_up_ends_the_start_with_its_name_and_log(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", SUPERVISOR, str(tmp_path), "raise SystemExit('no such table')"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert run.returncode != 0
    assert "NeverReady" in run.stderr and str(tmp_path / "logs") in run.stderr
    assert "no such table" in (tmp_path / "logs" / "web.log").read_text()


def test_log_files_stay_within_their_size(tmp_path: Path) -> None:
    file = logs.BoundedFile(tmp_path / "web.log", max_bytes=1000, kept=3)
    for number in range(500):
        file.write(b"line %04d\n" % number)
    file.close()
    sizes = [path.stat().st_size for path in tmp_path.iterdir()]
    assert len(sizes) == 3 and max(sizes) <= 1000
    assert (tmp_path / "web.log").read_text().endswith("line 0499\n")


def test_errors_and_their_last_words_reach_the_terminal_and_nothing_else() -> None:
    trouble = logs.Trouble()
    lines = [
        ("2026-11-23 10:00:00,001 INFO risk scored 3", False),
        ("2026-11-23 10:00:01,001 ERROR risk broken", True),
        ("Traceback (most recent call last):", False),
        ('  File "x.py", line 1', False),
        ("ValueError: no such unit", True),
        ("2026-11-23 10:00:02,001 INFO risk scored 4", False),
        ("continued: of an ordinary line", False),
    ]
    assert [trouble.concerns(line) for line, _ in lines] == [expected for _, expected in lines]


def test_a_full_disk_does_not_stop_the_reading_of_output(tmp_path: Path) -> None:
    told: list[str] = []
    read_end, write_end = os.pipe()
    os.write(write_end, b"one\ntwo\n")
    os.close(write_end)
    full = logs.BoundedFile(Path("/dev/full"))
    with os.fdopen(read_end, "rb") as stream:
        logs.carry(stream, full, told.append)
    assert len(told) == 1 and "lost" in told[0]


def test_a_folder_that_cannot_be_made_is_refused_in_one_line() -> None:
    with pytest.raises(preflight.CannotStart, match="VAR_DIR") as refusal:
        preflight.check_folder(Path("/proc/mingjing"))
    assert "\n" not in str(refusal.value)


def test_a_full_disk_is_refused_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight.os, "fsync", lambda descriptor: os.write(os.open("/dev/full", os.O_WRONLY), b"x"))
    with pytest.raises(preflight.CannotStart, match="disk is full"):
        preflight.check_folder(tmp_path)
    assert list(tmp_path.iterdir()) == [], "the probe is taken away"


def test_a_taken_port_is_refused_with_another_one(tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        with pytest.raises(preflight.CannotStart, match=f"make run PORT={port + 1}"):
            preflight.check_port("127.0.0.1", port)
    preflight.check_port("127.0.0.1", port)


def test_a_second_start_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with preflight.claim(tmp_path), pytest.raises(preflight.CannotStart, match=f"process {os.getpid()}"):
        preflight.claim(tmp_path)
    preflight.claim(tmp_path).close()
