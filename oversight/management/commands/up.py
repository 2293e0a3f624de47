"""`manage.py up`: everything in one process tree. What `make run` calls."""

import os
import subprocess
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from oversight import env
from oversight.supervisor import leash, preflight
from oversight.supervisor.children import roles
from oversight.supervisor.tree import NeverReady, Surroundings, Tree

CANNOT_START, INTERRUPTED = 2, 130


class Command(BaseCommand):
    help = "Prepares the database and runs web server, worker and beat until Ctrl-C."
    # `prepare`, the first thing it runs, makes them all; here what they load would stay in memory as long as the platform runs.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--bind", default=env.BIND, help="address to listen on (default: %(default)s)")
        parser.add_argument("--port", type=int, default=env.PORT, help="port to listen on (default: %(default)s)")

    def handle(self, *args: Any, bind: str, port: int, **options: Any) -> None:
        # The folder is named in full: the children start in the checkout, wherever this command was called from.
        where = Surroundings(settings.BASE_DIR, os.environ | {"VAR_DIR": str(settings.VAR_DIR)}, settings.VAR_DIR / "logs")
        try:
            preflight.check_folder(settings.VAR_DIR)
            preflight.check_port(bind, port)
            with preflight.claim(settings.VAR_DIR):
                self.prepare(where)
                self.supervise(where, bind, port)
        except KeyboardInterrupt:
            sys.exit(INTERRUPTED)
        except (preflight.CannotStart, NeverReady) as reason:
            print(reason, file=sys.stderr, flush=True)
            sys.exit(CANNOT_START)

    def prepare(self, where: Surroundings) -> None:
        """Runs `manage.py prepare` as a child: what it loads into memory goes with it. Its own words are enough when it fails."""
        say("准备数据库 · preparing the database")
        command = [sys.executable, "-I", "-S", leash.__file__, str(os.getpid()), sys.executable, "manage.py", "prepare"]
        code = subprocess.run(command, cwd=where.folder, env=where.environment, stdin=subprocess.DEVNULL, check=False).returncode
        if code:
            sys.exit(code if code > 0 else INTERRUPTED)

    def supervise(self, where: Surroundings, bind: str, port: int) -> None:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(bind, bind)
        address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        children = roles(host=bind, port=port, worker_threads=env.WORKER_THREADS)
        Tree(children, where=where, health_url=f"{address}/healthz", on_ready=lambda: greet(address, str(where.logs)), tell=say).run()
        say("已停止 · stopped")


def greet(address: str, logs: str) -> None:
    lines = ["", f"明镜已就绪 · Mingjing is ready:  {address}/", f"日志 · logs: {logs}    停止 · stop: Ctrl-C"]
    if settings.DEMO:
        from oversight.demo.services import accounts

        lines += ["", "演示账号 · demonstration accounts"]
        lines += [f"  {username:<14} {password:<16} {role}" for username, password, role in accounts()]
    say("\n".join([*lines, ""]))


def say(text: str) -> None:
    print(text, flush=True)
