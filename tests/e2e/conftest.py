"""The real thing for the browser: uvicorn with the live stream on a fresh embedded database, in a VAR_DIR of its own."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, expect

from tests import servers
from tests.e2e import copies

RESULTS = servers.CHECKOUT / "var" / "screenshots"
PASSWORD = "mirror-and-lamp"  # tests.builders.PASSWORD, which cannot be imported before Django is set up
expect.set_options(timeout=30_000)


@dataclass(frozen=True)
class Site:
    """The instance of a journey: its address, a folder for the journey's files, and its stage (tests/e2e/stage.py)."""

    url: str
    folder: Path

    def stage(self, *act: str) -> None:
        copies.act(*act, log=self.folder / "stage.log")

    def serving(self) -> AbstractContextManager[None]:
        """The web server at its address, for the length of a block."""
        return copies.web_server(int(self.url.rpartition(":")[2]), self.folder / "web.log")

    def night_work(self, count: int = 8) -> str:
        """A file with registrations accepted by the registrar at three in the night before last, each of another car and owner."""
        night = (datetime.now(ZoneInfo("Asia/Shanghai")) - timedelta(days=1)).replace(hour=3, minute=0, second=0)
        lines = ["serial_no,line,action,status,unit_code,post_code,handler_no,plate_no,plate_type,accepted_at,finished_at,result"]
        for number in range(count):
            begun = night + timedelta(minutes=7 * number)
            times = f"{begun:%Y-%m-%d %H:%M},{begun + timedelta(minutes=20 + number):%Y-%m-%d %H:%M}"
            lines.append(
                f"N{night:%m%d}{number:04d},registration,transfer,finished,W1,P1,072618,湘J{10000 + 137 * number},02,{times},approved"
            )
        file = self.folder / f"night-{count}.csv"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return str(file)


@pytest.fixture(scope="session")
def prepared() -> Iterator[Path]:
    """A folder with the instance of all journeys, `var`, and with `kept`: what it is before each, migrated and with its cast."""
    with servers.temporary_folder("e2e") as folder:
        environment = servers.platform_environment(folder / "var")
        done = subprocess.run(
            [sys.executable, "manage.py", "prepare"], cwd=servers.CHECKOUT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-3000:]
        copies.load(environment)
        copies.act("cast", log=folder / "stage.log")
        shutil.copytree(folder / "var", folder / "kept")
        yield folder


@pytest.fixture
def fresh(prepared: Path) -> Iterator[Site]:
    """An instance that nothing has happened to, and whose server does not run yet."""
    shutil.rmtree(prepared / "var")
    shutil.copytree(prepared / "kept", prepared / "var")
    with servers.temporary_folder("e2e") as folder:
        yield Site(f"http://127.0.0.1:{servers.free_port()}", folder)


@pytest.fixture
def site(fresh: Site) -> Iterator[Site]:
    with fresh.serving():
        yield fresh


@dataclass
class Watched:
    """A page whose every complaint and every outside request is kept."""

    page: Page
    complaints: list[str]
    outside: list[str]

    def listen(self, url: str) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("response", self._response)
        self.page.on("request", lambda request: None if request.url.startswith((url, "data:")) else self.outside.append(request.url))

    def _console(self, message: ConsoleMessage) -> None:
        """An answer with a status a test asks for is no complaint; broken answers are kept by _response."""
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource: the server responded"):
            self.complaints.append(message.text)

    def _response(self, answer: Response) -> None:
        if answer.status >= 500 or (answer.status >= 400 and "/static/" in answer.url):
            self.complaints.append(f"{answer.status} {answer.url}")


@pytest.fixture
def open_browser(browser: Browser, browser_context_args: dict[str, Any], site: Site) -> Iterator[Callable[..., Watched]]:
    """Logs somebody in, in a browser of their own. At the end no page may have complained or asked another site."""
    opened: list[Watched] = []

    def log_in(username: str, **context: Any) -> Watched:
        page = browser.new_context(**browser_context_args | {"base_url": site.url} | context).new_page()
        watched = Watched(page, [], [])
        watched.listen(site.url)
        opened.append(watched)
        page.goto("/accounts/login/")
        page.fill("#username", username)
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")
        page.wait_for_url(f"{site.url}/")
        return watched

    yield log_in
    for watched in opened:
        watched.page.context.close()
        assert watched.outside == []
        assert watched.complaints == []
