"""`make bench` (`make bench ARGS=ledger`): measures the bars on this machine and prints them. Nothing here can fail a build."""

import os
import platform
import subprocess
import sys
from pathlib import Path

# Each runs in a process of its own, so that none measures what another left in memory.
MEASUREMENTS = {
    "ledger": "tests.bench.ledger_speed",
    "api": "tests.bench.api_speed",
    "checks": "tests.bench.breaker_checks",
    "import": "tests.bench.import_speed",
    "history": "tests.bench.history",
    "growth": "tests.bench.growth",
    "sweep": "tests.bench.sweep",
    "alerts": "tests.bench.alerts_page",
    "visible": "tests.bench.visible",
    "streams": "tests.bench.stream_load",
    "detection": "tests.bench.detection",
}


def machine() -> str:
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / 2**20
    model = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line), "unknown")
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, Python {platform.python_version()}, load {load:.1f} before"


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in MEASUREMENTS]
    if unknown:
        print(f"no measurement {unknown[0]}; there are {', '.join(MEASUREMENTS)}", file=sys.stderr)
        return 2
    print(f"machine: {machine()}", flush=True)
    for name in names or MEASUREMENTS:
        print(f"\n== {name} ==", flush=True)
        subprocess.run([sys.executable, "-m", MEASUREMENTS[name]], check=False)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
