"""revoke_token: ends a business system's token at once."""

from typing import Any

from django.utils.translation import gettext as _

from ledger.intake.tokens import revoke_token
from ledger.kit.commands import CommandParser, Result, ResultCommand


class Command(ResultCommand):
    help = "End a token; from now on its calls are refused."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")

    def run(self, **options: Any) -> Result:
        token = revoke_token(name=options["name"], revoked_by="revoke_token")
        facts = {"name": token.name, "source": token.source}
        return Result(facts, _("%(name)s is revoked.") % facts)
