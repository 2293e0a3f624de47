"""add_token: a token with which a business system may call the API; its secret is shown this once."""

from typing import Any

from django.utils.translation import gettext as _

from ledger.intake.tokens import SCOPES, add_token
from ledger.kit.commands import CommandParser, Result, ResultCommand


class Command(ResultCommand):
    help = "Make a token for a business system. Its secret is printed once and kept nowhere."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help=_("what the token is called in the audit trail"))
        parser.add_argument("--source", required=True, help=_("the source of what it sends"))
        scopes = _("what it may send or ask, once for each: %(scopes)s") % {"scopes": ", ".join(SCOPES)}
        parser.add_argument("--scope", action="append", required=True, dest="scopes", metavar="SCOPE", help=scopes)

        parser.add_argument("--reads-as", default="", metavar="LOGIN", help=_("the account whose sight a token that reads has"))

    def run(self, **options: Any) -> Result:
        asked = {name: options[name] for name in ("name", "source", "scopes")}
        token, secret = add_token(**asked, reader=options["reads_as"], created_by="add_token")
        facts = {"name": token.name, "source": token.source, "scopes": token.scopes, "secret": secret}
        facts |= {"reads_as": token.reader.username} if token.reader else {}
        return Result(facts, secret, notes=[_("Keep the secret of %(name)s now; it is not shown again.") % {"name": token.name}])
