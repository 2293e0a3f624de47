"""What every command of the project shares: --json, exit codes 0, 1 and 2, and one line on stderr when it could not run."""

import json
import sys
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseFault
from django.utils.translation import gettext as _

from ledger.kit.errors import MingjingError


@dataclass(frozen=True)
class Result:
    """What a command found: `facts` for --json, `text` for a reader; `holds` False ends it with exit code 1."""

    facts: dict[str, Any]
    text: str
    holds: bool = True
    notes: list[str] = field(default_factory=list)


class ResultCommand(BaseCommand):
    """A command that does one thing, prints its result and nothing else. Subclasses write `run` and `arguments`."""

    requires_system_checks: list[str] = []

    def arguments(self, parser: CommandParser) -> None:
        """Declare the command's own arguments."""

    def run(self, **options: Any) -> Result:
        raise NotImplementedError

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        setattr(parser, "print_usage", lambda file=None: None)  # noqa: B010 - a wrong option is told in one line
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        self.arguments(parser)
        parser.add_argument("--json", action="store_true", dest="as_json", help=_("one machine-readable object on stdout"))

    def handle(self, *args: Any, as_json: bool = False, **options: Any) -> None:
        try:
            result = self.run(**options)
        except MingjingError as error:
            raise CommandError(one_line(error), returncode=2) from error
        except ImproperlyConfigured as error:
            raise CommandError(one_line(error), returncode=2) from error
        except DatabaseFault as error:
            raise CommandError(database_fault(error), returncode=2) from error
        except OSError as error:
            place = f"{error.filename}: " if error.filename else ""
            raise CommandError(one_line(f"{place}{error.strerror or error}"), returncode=2) from error
        for note in result.notes:
            self.stderr.write(note)
        self.stdout.write(json.dumps(result.facts, ensure_ascii=False, default=str) if as_json else result.text)
        if not result.holds:
            sys.exit(1)

    @property
    def on_terminal(self) -> bool:
        """Progress is shown to a person and to nobody else."""
        return sys.stderr.isatty()


def one_line(error: object) -> str:
    return " ".join(str(error).split())


def database_fault(error: Exception) -> str:
    """A fault of the database in one sentence with the way out."""
    text = one_line(error)
    if "no such table" in text or "does not exist" in text:
        return _("The database has no tables yet; run manage.py migrate first (%(fault)s).") % {"fault": text}
    if "full" in text or "No space" in text:
        return _("The disk is full; what was committed stays, free some space and send the rest again (%(fault)s).") % {"fault": text}
    if "readonly" in text or "unable to open" in text:
        return _("The database cannot be written; check the rights on VAR_DIR (%(fault)s).") % {"fault": text}
    return _("The database refused: %(fault)s") % {"fault": text}


__all__ = ["CommandParser", "Result", "ResultCommand", "database_fault", "one_line"]
