"""`verify_ledger`: whether what is written once still has the hashes it was written with. Reads only; exit code 1 when not."""

from typing import Any

from django.utils.translation import gettext as _

from ledger.kit.commands import CommandParser, Result, ResultCommand
from ledger.seal.verifying import verifiers, verify

SHOWN = 1_000


class Command(ResultCommand):
    help = _("Whether what is written once still has the hashes it was written with; reads only.")

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--only", action="append", choices=verifiers(), metavar="KIND", help=_("one of: ") + ", ".join(verifiers()))

    def run(self, **options: Any) -> Result:
        found = [verify(name, self._tell(name)) for name in options["only"] or verifiers()]
        faults = [str(fault) for one in found for fault in one.faults]
        counts = {one.name: {"rows": one.rows, "faults": len(one.faults)} for one in found}
        told = _("%(name)s: %(rows)d looked at, %(faults)d faults")
        summary = [told % {"name": one.name, "rows": one.rows, "faults": len(one.faults)} for one in found]
        more = [_("and %(number)d more") % {"number": len(faults) - SHOWN}] if len(faults) > SHOWN else []
        return Result({"verified": counts, "faults": faults[:SHOWN]}, "\n".join([*faults[:SHOWN], *more, *summary]), holds=not faults)

    def _tell(self, name: str) -> Any:
        return lambda rows: self.stderr.write(f"\r{name} {rows:,}", ending="") if self.on_terminal else None
