"""PDF of the print page, by WeasyPrint. Nothing is fetched while it is made: the style sheet is handed over, every address is refused."""

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from ledger.kit.errors import MingjingError

STYLES = Path(settings.BASE_DIR) / "static" / "mingjing" / "paper.css"
PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig fonts-arphic-gbsn00lp fonts-arphic-uming"


class NoPdf(MingjingError):
    """PDF cannot be made on this machine; the message says what to install. Word and the print page do without."""

    code = "no_pdf"
    status = 503


def make_pdf(context: dict[str, Any]) -> bytes:
    """The print page with this context (see documents/print.html) as PDF. Raises NoPdf where libraries or a Chinese font are missing."""
    missing = lacking()
    if missing:
        raise NoPdf(problem(missing))
    html = render_to_string("documents/print.html", context | {"css": True})
    return written(html)


def written(html: str) -> bytes:
    from weasyprint import CSS, HTML  # at first use: it loads its libraries, which may not be there

    fetcher = _refusing()
    styles = CSS(string=STYLES.read_text(encoding="utf-8"), url_fetcher=fetcher)
    made: bytes = HTML(string=html, url_fetcher=fetcher).write_pdf(stylesheets=[styles])
    return made


def _refusing() -> Any:
    """In place of what fetches addresses: WeasyPrint then goes on without, and says so in the log."""
    from weasyprint.urls import URLFetcher

    class Refusing(URLFetcher):
        def fetch(self, url: str, headers: Any = None) -> NoReturn:
            raise ValueError(f"a document fetches nothing, and not {url[:80]}")

    return Refusing()


@cache
def lacking() -> str:
    """Which part of what PDF needs is missing here: "libraries", "font", or nothing. Asked once a process."""
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError):  # OSError: one of its shared libraries
        return "libraries"
    return "" if _has_chinese_font() else "font"


def _has_chinese_font() -> bool:
    command = shutil.which("fc-list")
    if command is None:
        return False
    return bool(subprocess.run([command, ":lang=zh", "file"], capture_output=True, check=False, timeout=20).stdout.strip())


def problem(missing: str) -> str:
    told = {
        "libraries": _("PDF cannot be made here: the libraries of WeasyPrint are missing."),
        "font": _("PDF cannot be made here: there is no Chinese font, or no fontconfig to find it."),
    }
    todo = _("The system admin installs %(packages)s and starts the web server again; Word and the print page work without.")
    return f"{told[missing]} {todo % {'packages': PACKAGES}}"
