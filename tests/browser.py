"""Which Chromium the browser tests drive, and how it is started; `python -m tests.browser` prints it and fails when there is none."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

LAUNCH_ARGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MACHINE_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def starts(executable: str) -> bool:
    """True when the program answers --version: a stub for a snap, or one with libraries missing, does not."""
    try:
        answer = subprocess.run([executable, "--version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and "Chrom" in answer.stdout


def playwright_browser() -> str | None:
    """The Chromium that `playwright install` downloaded for this user, if any."""
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    # The shell is what playwright starts headless; the whole browser serves as well.
    for pattern in ("chromium_headless_shell-*/*/*headless*shell*", "chromium-*/*/chrome"):
        for path in sorted(cache.glob(pattern), reverse=True):
            if path.is_file() and os.access(path, os.X_OK) and starts(str(path)):
                return str(path)
    return None


def driver_starts() -> bool:
    """True when playwright's own program runs here: a bare Debian lacks a library (libatomic1) that it needs."""
    from playwright._impl._driver import compute_driver_executable

    try:
        return subprocess.run([compute_driver_executable()[0], "--version"], capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def chromium() -> str | None:
    """The path of a Chromium that starts and can be driven: the machine's, else playwright's, else None."""
    if not driver_starts():
        return None
    for name in MACHINE_BROWSERS:
        path = shutil.which(name)
        if path and starts(path):
            return path
    return playwright_browser()


def launch_options(executable: str) -> dict[str, object]:
    args = list(LAUNCH_ARGS)
    if os.geteuid() == 0:
        args.append("--no-sandbox")
    return {"executable_path": executable, "args": args}


if __name__ == "__main__":
    found = chromium()
    print(found or "no Chromium that starts")
    sys.exit(0 if found else 1)
