"""The environment of one test process, set before Django reads its settings: a VAR_DIR of its own and nothing of the caller's.

DATABASE_URL and REDIS_URL are the only settings taken over, because giving them is how one asks for other servers.
"""

import atexit
import os
import re
import shutil
import tempfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
TAKEN_OVER = ("DATABASE_URL", "REDIS_URL")


def names_of_settings() -> list[str]:
    """The names which oversight/env.py reads, found in its text so that this list cannot drift."""
    text = (CHECKOUT / "oversight" / "env.py").read_text(encoding="utf-8")
    return sorted(set(re.findall(r"env\.\w+\(\s*\"([A-Z][A-Z0-9_]+)\"", text)) | {"SECRET_KEY", "HASH_KEY"})


def make_folder(kind: str) -> Path:
    """A fresh folder `mingjing-<kind>-<our pid>-…` among the temporary files."""
    return Path(tempfile.mkdtemp(prefix=f"mingjing-{kind}-{os.getpid()}-"))


def sweep() -> None:
    """Removes what test processes that were killed left behind: folders whose process is gone."""
    for folder in Path(tempfile.gettempdir()).glob("mingjing-*-*-*"):
        found = re.match(r"mingjing-[a-z]+-(\d+)-", folder.name)
        if found and not Path(f"/proc/{found[1]}").exists():
            shutil.rmtree(folder, ignore_errors=True)


def isolate() -> Path:
    """Points this process and its children to a fresh VAR_DIR, removed at exit, and returns it."""
    sweep()
    for name in names_of_settings():
        if name not in TAKEN_OVER:
            os.environ.pop(name, None)
    var_dir = make_folder("test")
    owner = os.getpid()
    os.environ["VAR_DIR"] = str(var_dir)
    os.environ["DJANGO_SETTINGS_MODULE"] = "oversight.settings"

    def remove() -> None:
        if os.getpid() == owner:
            shutil.rmtree(var_dir, ignore_errors=True)

    atexit.register(remove)
    return var_dir
