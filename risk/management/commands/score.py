"""`score`: score what is pending, in this process."""

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from ledger.kit.commands import CommandParser, Result, ResultCommand
from ledger.kit.days import SHANGHAI
from ledger.kit.errors import BadInput
from risk.rules.models import Rule
from risk.scoring.closing import close_days
from risk.scoring.marks import mark_everything
from risk.scoring.services import score_pending


def moment(text: str) -> datetime:
    """A moment as written; on the Shanghai clock where it names no zone. A day alone is its beginning."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)


class Command(ResultCommand):
    help = _("Scores what is pending now, in this process, and closes the days that are over; --all sweeps the history again.")

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all", action="store_true", dest="everything", help=_("sweep the whole history again"))
        parser.add_argument("--rule", action="append", default=[], metavar="CODE", help=_("only this rule (may be given several times)"))
        parser.add_argument("--from", type=date.fromisoformat, dest="first", metavar="D", help=_("first event day, YYYY-MM-DD"))
        parser.add_argument("--to", type=date.fromisoformat, dest="last", metavar="D", help=_("last event day, YYYY-MM-DD"))
        parser.add_argument("--as-of", type=moment, metavar="T", help=_("the moment that counts as now, YYYY-MM-DD or YYYY-MM-DDTHH:MM"))

    def run(self, **options: Any) -> Result:
        rule, first, last, as_of = options["rule"], options["first"], options["last"], options["as_of"]
        unknown = sorted(set(rule) - set(Rule.objects.filter(code__in=rule).values_list("code", flat=True)))
        if unknown:
            raise BadInput(_("There is no rule %(codes)s; the codes are those of the rule list.") % {"codes": ", ".join(unknown)})
        if options["everything"] or rule or first or last:
            mark_everything(first_day=first, last_day=last, rule_codes=rule)
        close_days(as_of=as_of, again=as_of is not None)
        done = score_pending(as_of=as_of)
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
