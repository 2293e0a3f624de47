"""A fresh instance in a folder of its own, driven by its commands as an operator would."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import servers


@dataclass(frozen=True)
class Instance:
    """An instance by its environment; `run` calls one of its commands and gives back what it printed."""

    folder: Path
    environment: Mapping[str, str]

    def run(self, *arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=servers.CHECKOUT, env=dict(self.environment), capture_output=True, text=True, check=False)
        if done.returncode not in (0, 1):
            sys.exit(f"{' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def facts(self, *arguments: str) -> dict[str, Any]:
        return json.loads(self.run(*arguments, "--json"))


@contextmanager
def fresh_instance(**settings: str) -> Iterator[Instance]:
    """An empty, migrated instance with the shipped rules; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="mingjing-bench-") as folder:
        instance = Instance(Path(folder), servers.platform_environment(Path(folder), **settings))
        instance.run("prepare")
        yield instance
