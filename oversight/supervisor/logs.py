"""The children's output: kept in files of bounded size, with errors passed on to the terminal."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import IO

MAX_BYTES = 5 * 1024 * 1024
KEPT_FILES = 3
LONGEST_LINE = 8 * 1024
LONGEST_TOLD = 300
LINE_START = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ (?P<level>[A-Z]+) ")
SERIOUS = ("ERROR", "CRITICAL")
LAST_WORDS = re.compile(r"^[A-Za-z_][\w.]*: ")


class BoundedFile:
    """A log file that is renamed to .1, .2 at `max_bytes`, so that the whole never takes more than `kept` times that."""

    def __init__(self, path: Path, *, max_bytes: int = MAX_BYTES, kept: int = KEPT_FILES) -> None:
        self.path, self.max_bytes, self.kept = path, max_bytes, kept
        self.file: IO[bytes] | None = None

    def write(self, line: bytes) -> None:
        """Appends one line. Raises OSError when the disk does not take it."""
        if self.file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
            self.file = self.path.open("ab", buffering=0)
        if self.file.tell() + len(line) > self.max_bytes:
            self.turn_over()
        self.file.write(line)

    def turn_over(self) -> None:
        self.close()
        for age in range(self.kept - 1, 0, -1):
            younger = self.numbered(age - 1)
            if younger.exists():
                younger.replace(self.numbered(age))
        self.file = self.path.open("wb", buffering=0)

    def numbered(self, age: int) -> Path:
        return self.path if age == 0 else self.path.with_name(f"{self.path.name}.{age}")

    def close(self) -> None:
        if self.file is not None:
            self.file.close()


class Trouble:
    """Picks from a log what the person at the terminal should see: each error, and its last words when a traceback follows it."""

    def __init__(self) -> None:
        self.inside = False

    def concerns(self, line: str) -> bool:
        """True for the line of an error and for the line that ends its traceback, such as "ValueError: no such unit"."""
        start = LINE_START.match(line)
        if start:
            self.inside = start["level"] in SERIOUS
            return self.inside
        if line.startswith("Traceback"):
            self.inside = True
            return False
        return self.inside and LAST_WORDS.match(line) is not None


def carry(stream: IO[bytes], into: BoundedFile, tell: Callable[[str], None]) -> None:
    """Reads a child's output until its end. It never stops reading, even with a full disk: a full pipe would stop the child."""
    trouble, losing = Trouble(), False
    while line := stream.readline(LONGEST_LINE):
        text = line.decode("utf-8", errors="replace").rstrip()
        if trouble.concerns(text):
            tell(text[:LONGEST_TOLD])
        try:
            into.write(line)
            losing = False
        except (OSError, ValueError) as error:
            if not losing:
                tell(f"日志写不下 · log lines are being lost: {into.path}: {error}")
            losing = True
    into.close()
