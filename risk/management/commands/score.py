"""`score`: score what is pending, in this process."""

from datetime import date
from typing import Any

from django.db.models import Max, Min
from django.utils.translation import gettext as _

from ledger.journal.models import Transaction
from ledger.kit.commands import CommandParser, Result, ResultCommand
from ledger.kit.errors import BadInput
from risk.rules.models import Rule
from risk.scoring.marks import mark_everything
from risk.scoring.services import score_pending


class Command(ResultCommand):
    help = _("Scores what is pending now, in this process; --all sweeps the history again.")

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all", action="store_true", dest="everything", help=_("sweep the whole history again"))
        parser.add_argument("--rule", action="append", default=[], metavar="CODE", help=_("only this rule (may be given several times)"))
        parser.add_argument("--from", type=date.fromisoformat, dest="first", metavar="D", help=_("first event day, YYYY-MM-DD"))
        parser.add_argument("--to", type=date.fromisoformat, dest="last", metavar="D", help=_("last event day, YYYY-MM-DD"))

    def run(self, **options: Any) -> Result:
        rule, first, last = options["rule"], options["first"], options["last"]
        unknown = sorted(set(rule) - set(Rule.objects.filter(code__in=rule).values_list("code", flat=True)))
        if unknown:
            raise BadInput(_("There is no rule %(codes)s; the codes are those of the rule list.") % {"codes": ", ".join(unknown)})
        if options["everything"] or rule or first or last:
            span = Transaction.objects.aggregate(first=Min("event_day"), last=Max("event_day"))
            if span["first"] is not None:
                mark_everything(first_day=first or span["first"], last_day=last or span["last"], rule_codes=rule)
        done = score_pending()
        facts = {
            "transactions": done.transactions,
            "hits": done.hits,
            "opened": done.opened,
            "updated": done.updated,
            "seconds": round(done.seconds, 2),
        }
        text = _(
            "%(transactions)d transactions looked at, %(hits)d hits changed, %(opened)d alerts opened, %(updated)d updated, %(seconds).1f s"
        )
        return Result(facts, text % facts)
