"""Every text of the project has its Chinese, and the compiled catalogue is that of the committed one."""

import gettext
import re
import shutil
import subprocess
import sys

import pytest

from tests.environment import CHECKOUT

FOLDER = CHECKOUT / "locale" / "zh_Hans" / "LC_MESSAGES"
IGNORED = [".venv", "node_modules", "var", "tests", "static"]


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="no xgettext (Debian: apt-get install -y gettext)")
def test_every_text_in_the_code_and_the_templates_is_translated(tmp_path):
    for name in ("ledger", "risk", "oversight", "templates"):
        shutil.copytree(CHECKOUT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(CHECKOUT / "locale", tmp_path / "locale")
    command = [sys.executable, "-m", "django", "makemessages", "-l", "zh_Hans", "--no-obsolete", "--no-location", "-v0"]
    environment = {"PATH": f"{CHECKOUT / '.venv' / 'bin'}:/usr/bin:/bin", "PYTHONPATH": str(CHECKOUT)}
    subprocess.run(command, cwd=tmp_path, check=True, env=environment)
    done = subprocess.run(
        ["msgattrib", "--no-obsolete", "--untranslated", str(tmp_path / "locale/zh_Hans/LC_MESSAGES/django.po")],
        capture_output=True,
        text=True,
        check=True,
    )
    fuzzy = subprocess.run(
        ["msgattrib", "--only-fuzzy", "--no-obsolete", str(tmp_path / "locale/zh_Hans/LC_MESSAGES/django.po")],
        capture_output=True,
        text=True,
        check=True,
    )
    missing = re.findall(r'^msgid "(.+)"', done.stdout + fuzzy.stdout, re.MULTILINE)
    assert missing == []


def test_the_compiled_catalogue_holds_what_the_committed_one_says():
    compiled = gettext.GNUTranslations((FOLDER / "django.mo").open("rb"))
    text = (FOLDER / "django.po").read_text(encoding="utf-8")
    pairs = re.findall(r'^msgid "([^"\\]+)"\nmsgstr "([^"\\]+)"$', text, re.MULTILINE)
    assert len(pairs) > 100
    with_context = set(re.findall(r'^msgctxt "[^"]+"\nmsgid "([^"\\]+)"', text, re.MULTILINE))
    assert {msgid: compiled.gettext(msgid) for msgid, _ in pairs if msgid not in with_context} == {
        msgid: msgstr for msgid, msgstr in pairs if msgid not in with_context
    }
