"""What every test may ask for. Importing this sets the environment before Django reads its settings."""

from tests import environment

VAR_DIR = environment.isolate()

import fcntl  # noqa: E402
import gc  # noqa: E402
import os  # noqa: E402
import shutil  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
from collections.abc import Callable, Iterator  # noqa: E402
from contextlib import AbstractContextManager, ExitStack  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import pytest  # noqa: E402
from django.conf import settings  # noqa: E402

from tests import browser, emptying, servers  # noqa: E402

settings.DATABASES  # noqa: B018  — reading one setting makes pytest-django find Django configured.
# A file, as in the running system: the in-memory default is one connection shared by all threads.
if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(VAR_DIR / "test.sqlite3")
# Static files are looked for when one is asked for: otherwise every test client lists all of them at its first request.
settings.WHITENOISE_AUTOREFRESH = True


emptying.instead_of_flushing()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """A worker that inherited the settings module would read its settings before its own conftest, and share this process's VAR_DIR."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


@pytest.fixture(scope="module")
def module_rows(django_db_setup: None, django_db_blocker: Any) -> Iterator[Callable[[], AbstractContextManager[None]]]:
    """`with module_rows(): …` in a fixture of a module: what is written there all its tests find, as if each had written it itself.

    One transaction around all of them, in which each has a savepoint of its own; not for modules with tests that commit.
    """
    from django.db import transaction

    with django_db_blocker.unblock():
        whole = transaction.atomic()
        whole.__enter__()
    yield django_db_blocker.unblock
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        whole.__exit__(None, None, None)


# Django's queries are made of many short-lived objects: looking for rings among them every 700 costs more than the memory is worth.
RARELY = (50_000, 20, 50)
JOURNEYS = servers.CHECKOUT / "tests" / "e2e"
BROWSER_FIXTURES = {"page", "context", "browser", "playwright"}


def drives_a_browser(item: pytest.Item) -> bool:
    return item.get_closest_marker("e2e") is not None or bool(BROWSER_FIXTURES & set(getattr(item, "fixturenames", ())))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests carry the marker e2e and run last, because playwright keeps an event loop in the thread."""
    with_browser = [item for item in items if drives_a_browser(item)]
    if not with_browser:
        return
    astray = [item.nodeid for item in with_browser if not item.path.is_relative_to(JOURNEYS)]
    if astray:
        raise pytest.UsageError(f"only tests below tests/e2e drive a browser, the passes of tests/run.py rely on it: {', '.join(astray)}")
    items[:] = [item for item in items if item not in with_browser] + with_browser
    for item in with_browser:
        item.add_marker(pytest.mark.e2e)


def pytest_collection_finish(session: pytest.Session) -> None:
    """What is loaded by now stays. And, only once deselection is over: does anything that is left need a browser?"""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*RARELY)
    with_browser = [item for item in session.items if drives_a_browser(item)]
    if not with_browser:
        return
    # Django forbids the ORM in a thread with a running event loop; playwright's loop is not ours.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    if browser.chromium() is None:
        for item in with_browser:
            item.add_marker(
                pytest.mark.skip(reason="no Chromium that starts (Debian: apt-get install -y chromium libatomic1 fonts-wqy-microhei)")
            )


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    executable = browser.chromium()
    assert executable is not None, "browser tests are skipped when there is no Chromium"
    return browser_type_launch_args | browser.launch_options(executable)


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """The smallest desktop the console must serve, in Chinese, at Shanghai time."""
    return browser_context_args | {"viewport": {"width": 1366, "height": 768}, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}


@pytest.fixture(scope="session")
def prepared_instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The VAR_DIR of an instance on SQLite with its database made, to be copied: making it takes most of a first start.

    Whichever worker asks first makes it for all of them; the folder above those of the workers is of this run alone.
    """
    alone = "PYTEST_XDIST_WORKER" not in os.environ
    folder = tmp_path_factory.getbasetemp() if alone else tmp_path_factory.getbasetemp().parent
    made, making = folder / "prepared", folder / "preparing"
    with (folder / "preparing.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            shutil.rmtree(making, ignore_errors=True)
            command, environment = [sys.executable, "manage.py", "prepare"], servers.platform_environment(making)
            subprocess.run(command, cwd=servers.CHECKOUT, env=environment, check=True, timeout=300)
            making.rename(made)
    return made


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The URL of a real Redis: the one given by REDIS_URL, else a private one for this session."""
    given = os.environ.get("REDIS_URL")
    if given:
        yield given
        return
    with ExitStack() as stack:
        try:
            server = stack.enter_context(servers.private_redis())
        except servers.ServerUnavailable as reason:
            pytest.skip(str(reason))
        yield server.url


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a real PostgreSQL (database "postgres", may create others): the one of DATABASE_URL, else a private one."""
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgres"):
        yield given
        return
    with ExitStack() as stack:
        try:
            server = stack.enter_context(servers.private_postgres())
        except servers.ServerUnavailable as reason:
            pytest.skip(str(reason))
        yield server.url
