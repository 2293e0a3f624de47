"""`backtest`: what a rule, with other settings if asked, would have raised over the history. Writes nothing."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from tqdm import tqdm

from ledger.kit.commands import CommandParser, Result, ResultCommand
from ledger.kit.errors import BadInput
from risk.backtest.running import backtest


class Command(ResultCommand):
    help = _("What a rule, with other settings if asked, would have raised over the history; writes nothing.")

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rule", required=True, metavar="CODE")
        parser.add_argument(
            "--set", action="append", default=[], dest="changes", metavar="NAME=VALUE", help=_("another setting, e.g. thresholds.red=20")
        )
        parser.add_argument("--from", type=date.fromisoformat, dest="first", metavar="D", help=_("first event day, YYYY-MM-DD"))
        parser.add_argument("--to", type=date.fromisoformat, dest="last", metavar="D", help=_("last event day, YYYY-MM-DD"))

    def run(self, **options: Any) -> Result:
        changes = dict(_setting(text) for text in options["changes"])
        with tqdm(total=100, desc="backtest", unit=" %", disable=not self.on_terminal) as bar:
            done = backtest(
                rule_code=options["rule"],
                changes=changes,
                first_day=options["first"],
                last_day=options["last"],
                tell=lambda percent: bar.update(percent - bar.n),
            )
        facts = {
            "transactions": done.transactions,
            "alerts": len(done.candidates),
            "added": len(done.added),
            "removed": len(done.removed),
            "changed": len(done.changed),
            "by_month": done.by_month,
            "by_unit": done.by_unit,
            "seconds": round(done.seconds, 2),
        }
        text = _(
            "%(transactions)d transactions, %(alerts)d alerts: %(added)d that do not stand now, %(changed)d that stand differently;"
            " %(removed)d that stand now would not be raised; %(seconds).2f s"
        )
        months = [f"{month}  {count}" for month, count in done.by_month.items()]
        return Result(facts, "\n".join([text % facts, *months]))


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise BadInput(_("“%(text)s” is no setting; write NAME=VALUE.") % {"text": text})
    return name.strip(), value.strip()
