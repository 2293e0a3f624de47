"""`add_account`: opens an account at the server, so that somebody can log in to a new instance."""

import getpass
import sys
from typing import Any

from django.utils.translation import gettext as _

from ledger.kit.commands import CommandParser, Result, ResultCommand
from ledger.roster.accounts import Role
from oversight.accounts.services import open_account


class Command(ResultCommand):
    help = _("Opens an account with a role over a unit; the password is asked for, or read from standard input.")

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--role", required=True, help=", ".join(Role.values))
        parser.add_argument("--unit", required=True, metavar="CODE", help=_("the unit the role is over, with all below it"))
        parser.add_argument("--staff", default="", metavar="NO", help=_("the staff number of the person"))
        parser.add_argument("--name", default="", help=_("the name shown; that of the staff member when not given"))

    def run(self, **options: Any) -> Result:
        user = open_account(
            username=options["username"],
            password=_password(),
            role=options["role"],
            unit_code=options["unit"],
            staff_no=options["staff"],
            name=options["name"],
        )
        facts = {"username": user.username, "role": options["role"], "unit": options["unit"]}
        return Result(facts, _("%(username)s: %(role)s over %(unit)s") % facts)


def _password() -> str:
    return getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
