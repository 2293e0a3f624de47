"""The supervising process: keeps the children running until it is told to stop, then ends all of them within seconds."""

import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from oversight.supervisor.children import Child, Role

TICK_SECONDS = 0.1
STOP_SECONDS = 6.0
DEATHS_BEFORE_READY = 3
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class NeverReady(Exception):
    """A child kept dying before the platform answered for the first time; the text names it and its log."""


@dataclass(frozen=True)
class Surroundings:
    """Where the children run: their working folder, environment variables and the folder of their logs."""

    folder: Path
    environment: Mapping[str, str]
    logs: Path


class Tree:
    """Children of one supervisor. `on_ready` is called once, when `health_url` first answers; `tell` shows a line to the operator."""

    def __init__(
        self, roles: list[Role], *, where: Surroundings, health_url: str, on_ready: Callable[[], None], tell: Callable[[str], None]
    ) -> None:
        self.children = [Child(role, where.folder, where.environment, where.logs, tell) for role in roles]
        self.logs, self.health_url, self.on_ready, self.tell = where.logs, health_url, on_ready, tell
        self.ready = self.stopping = False

    def run(self) -> None:
        """Blocks until a stop signal. Raises NeverReady. Whatever happens, no child is left when it returns."""
        before = {number: signal.signal(number, self.ask_to_stop) for number in STOP_SIGNALS}
        try:
            while not self.stopping:
                for child in self.children:
                    child.tend()
                if not self.ready:
                    self.look_whether_ready()
                time.sleep(TICK_SECONDS)
        finally:
            self.stop()
            for number, handler in before.items():
                signal.signal(number, handler)

    def ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        if self.stopping:
            for child in self.children:
                child.send(signal.SIGKILL)
        self.stopping = True

    def look_whether_ready(self) -> None:
        for child in self.children:
            if child.deaths >= DEATHS_BEFORE_READY:
                log = self.logs / f"{child.role.name}.log"
                raise NeverReady(f"{child.role.name} 无法启动，见 {log} · {child.role.name} does not start, see {log}")
        if answers(self.health_url):
            self.ready = True
            self.on_ready()

    def stop(self) -> None:
        """SIGTERM to all, SIGKILL to what is still there after six seconds: no work is lost, it is in the database."""
        self.stopping = True
        for child in self.children:
            child.send(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while any(child.running for child in self.children) and time.monotonic() < deadline:
            time.sleep(TICK_SECONDS / 2)
        for child in self.children:
            child.send(signal.SIGKILL)
            if child.process is not None:
                child.process.wait()
            for reader in child.readers:
                reader.join(timeout=1)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
