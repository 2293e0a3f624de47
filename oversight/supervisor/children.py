"""The child processes of the platform, and when one that died is started again."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from oversight.supervisor import leash, logs

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
STEADY_SECONDS = 60.0


@dataclass(frozen=True)
class Role:
    """One kind of process: the name users see and the command that runs it."""

    name: str
    command: list[str]


def roles(*, host: str, port: int, worker_threads: int) -> list[Role]:
    """Web server, worker and beat, each alone: a worker inside the web process would slow pages, beat inside the worker outlives it."""
    python = [sys.executable, "-m"]
    web = ["uvicorn", "oversight.asgi:application", "--host", host, "--port", str(port), "--loop", "uvloop", "--lifespan", "off"]
    # The access log would carry query strings.
    web += ["--no-access-log", "--timeout-graceful-shutdown", "3"]
    celery = ["celery", "--app", "oversight.celery", "--quiet"]
    worker = [*celery, "worker", "--pool", "threads", "--concurrency", str(worker_threads)]
    worker += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return [Role("web", python + web), Role("worker", python + worker), Role("beat", [*python, *celery, "beat", "--pidfile="])]


@dataclass
class Child:
    """A role being run: started, watched, started again after a pause that doubles while it keeps dying."""

    role: Role
    folder: Path
    environment: Mapping[str, str]
    log_folder: Path
    tell: Callable[[str], None]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    due_at: float = 0.0
    pause: float = FIRST_PAUSE
    deaths: int = 0
    readers: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Must be called from the main thread: the kernel ties the child to the thread that started it."""
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", leash.__file__, str(os.getpid()), *self.role.command],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # Ctrl-C in a terminal goes to the whole process group; only the supervisor is to hear it.
            start_new_session=True,
        )
        self.started_at = time.monotonic()
        file = logs.BoundedFile(self.log_folder / f"{self.role.name}.log")
        reader = threading.Thread(target=logs.carry, args=(self.process.stdout, file, self.report), daemon=True)
        reader.start()
        self.readers = [thread for thread in self.readers if thread.is_alive()] + [reader]

    def report(self, text: str) -> None:
        self.tell(f"[{self.role.name}] {text}")

    def tend(self) -> None:
        """Starts the process if it is due, notices if it has died."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.due_at:
                self.start()
            return
        code = self.process.poll()
        if code is None:
            return
        self.deaths += 1
        if now - self.started_at > STEADY_SECONDS:
            self.pause = FIRST_PAUSE
        self.report(f"已退出（{describe(code)}），{self.pause:g} 秒后重启 · ended ({describe(code)}), starts again in {self.pause:g} s")
        self.process, self.due_at = None, now + self.pause
        self.pause = min(self.pause * 2, LONGEST_PAUSE)

    def send(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None


def describe(code: int) -> str:
    """An exit code in words: "exit code 1", or "SIGKILL" for -9."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
