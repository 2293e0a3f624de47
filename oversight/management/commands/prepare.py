"""`manage.py prepare`: brings an instance to this version's shape and content. Safe to run again."""

import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader

from ledger.roster.models import Unit
from risk.checklist.services import load_checklist
from risk.rules.services import load_catalogue

CANNOT_START = 2


def refuse_what_is_half_migrated() -> None:
    """Ends where a database has some of the migrations that a later one replaces and lacks others: Django would leave all of these out
    without a word."""
    loader = MigrationLoader(connection)
    half = [f"{app}.{name}" for app, name in loader.replacements if (app, name) not in loader.graph.nodes]
    if half:
        said = f"数据库停在更早的版本，不能直接升级（{'、'.join(half)}）：先用前一版本运行 manage.py prepare，见 docs/operations.md"
        advice = "the database is of an older version: run manage.py prepare of the version before this one first, see Upgrade there"
        print(f"{said} · {advice}", file=sys.stderr)
        sys.exit(CANNOT_START)


class Command(BaseCommand):
    help = (
        "Migrates the database, loads the shipped rules and checklist; in production collects the static files,"
        " with DEMO=1 makes the demonstration."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            refuse_what_is_half_migrated()
            call_command("migrate", verbosity=0, interactive=False)
            load_catalogue()
            load_checklist()
            if settings.DEMO and not Unit.objects.exists():
                self.seed_demonstration()
        except OperationalError as error:
            reason = str(error).strip().splitlines()[0]
            advice = "the database cannot be used: check DATABASE_URL, that the server runs and the disk has space"
            print(f"数据库不可用（{reason}）· {advice}", file=sys.stderr)
            sys.exit(CANNOT_START)
        if settings.PRODUCTION:
            call_command("collectstatic", verbosity=0, interactive=False)
        else:
            # Static files come from the packages; an absent folder would be warned about at every start.
            settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)

    def seed_demonstration(self) -> None:
        from oversight.demo.services import seed

        print("生成演示支队（约一分钟）· making the demonstration detachment (about a minute)", flush=True)
        seed()
