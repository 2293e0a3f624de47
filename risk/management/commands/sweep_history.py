"""`sweep_history`: order a sweep of history and work it to the end, or go on with the same one where it was left."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from ledger.kit.commands import CommandParser, Result, ResultCommand
from risk.sweeps.models import Sweep
from risk.sweeps.planning import plan_sweep
from risk.sweeps.queries import progress_of
from risk.sweeps.running import run_to_end
from risk.sweeps.services import order_sweep, resume_sweep, unfinished


class Command(ResultCommand):
    help = _("Lets rules judge the past, as one job: worked here to the end; the same command goes on with one that was cut short.")

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--first-day", type=date.fromisoformat, metavar="D", help=_("first event day, YYYY-MM-DD; default: the first there is")
        )
        parser.add_argument("--last-day", type=date.fromisoformat, metavar="D", help=_("last event day, YYYY-MM-DD; default: today"))
        parser.add_argument("--rules", nargs="+", default=[], metavar="CODE", help=_("only these rules; default: all that are published"))
        parser.add_argument("--reason", default="", help=_("what the sweep is for; needed to order one, not to go on with one"))

    def run(self, **options: Any) -> Result:
        sweep = self._sweep(options)
        run_to_end(sweep, tell=self._tell)
        if self.on_terminal:
            self.stderr.write("")
        far = progress_of([sweep])[sweep.pk]
        facts = {
            "number": sweep.number,
            "state": sweep.state,
            "parts": far.parts,
            "done": far.done,
            "transactions": sweep.transactions,
            "hits": far.hits,
            "raised": sweep.raised.count(),
            "seconds": round(far.seconds, 2),
        }
        text = _(
            "%(number)s %(state)s: %(done)d of %(parts)d parts, %(transactions)d transactions, %(hits)d hits changed, "
            "%(raised)d alerts raised, %(seconds).1f s of work"
        )
        return Result(facts, text % (facts | {"state": sweep.get_state_display()}), holds=sweep.state == Sweep.State.DONE)

    def _sweep(self, options: dict[str, Any]) -> Sweep:
        chosen = {"first_day": options["first_day"], "last_day": options["last_day"], "rule_codes": options["rules"]}
        days = plan_sweep(**chosen).days
        # An end that was left open has moved on by a day or two since; it is the same sweep all the same.
        begun = unfinished(
            first_day=chosen["first_day"] and days.first, last_day=chosen["last_day"] and days.last, rule_codes=options["rules"]
        )
        if begun is None:
            return order_sweep(actor=None, reason=options["reason"], **chosen)
        return resume_sweep(number=begun.number, actor=None) if begun.state == Sweep.State.PAUSED else begun

    def _tell(self, sweep: Sweep) -> None:
        if self.on_terminal:
            far = progress_of([sweep])[sweep.pk]
            self.stderr.write(f"\r{far.share:4.0%}  {far.done} / {far.parts}", ending="")
            self.stderr.flush()
