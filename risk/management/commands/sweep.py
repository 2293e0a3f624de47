"""`sweep`: what all rules in force find over a range of days, or the history. Writes nothing to the ledger and raises no alert."""

import csv
import sys
from datetime import date
from typing import Any
from unicodedata import east_asian_width

from django.utils.translation import gettext as _
from tqdm import tqdm

from ledger.audit.services import record
from ledger.kit.commands import CommandParser, Result, ResultCommand
from ledger.kit.days import from_ordinal
from ledger.kit.errors import BadInput
from risk.backtest.sweeping import Progress, Sweep, sweep
from risk.detectors.parts.grid import label

WIDTH = 10
COLUMNS = ("rule_code", "subject_kind", "subject_code", "day", "level", "observed", "threshold")


class Command(ResultCommand):
    help = _("What all rules in force find over a range of days, or the whole history; raises no alert.")

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rule", action="append", default=[], metavar="CODE", help=_("only this rule (may be given several times)"))
        parser.add_argument("--from", type=date.fromisoformat, dest="first", metavar="D", help=_("first event day, YYYY-MM-DD"))
        parser.add_argument("--to", type=date.fromisoformat, dest="last", metavar="D", help=_("last event day, YYYY-MM-DD"))
        parser.add_argument("--processes", type=int, metavar="N", help=_("how many work at once, by default one for every core"))
        parser.add_argument("-o", "--output", metavar="FILE", help=_("CSV file for every hit"))

    def run(self, **options: Any) -> Result:
        if options["processes"] is not None and options["processes"] < 1:
            raise BadInput(_("--processes is a whole number above 0."))
        with _Progress(on_terminal=self.on_terminal) as progress:
            done = sweep(
                rule_codes=options["rule"],
                first_day=options["first"],
                last_day=options["last"],
                processes=options["processes"],
                tell=progress.show,
            )
        facts = _facts(done)
        if options["output"]:
            _write(done, options["output"])
            record("hits.exported", target=options["output"], rows=facts["hits"], first=facts["first"], last=facts["last"])
            facts["file"] = options["output"]
        return Result(facts, _text(done, facts))


class _Progress:
    """A bar for somebody who watches, a line for every task where the output is kept; both on stderr."""

    def __init__(self, *, on_terminal: bool) -> None:
        self._on_terminal = on_terminal
        self._bar: tqdm | None = None

    def __enter__(self) -> "_Progress":
        return self

    def __exit__(self, *_exc: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def show(self, progress: Progress) -> None:
        if not self._on_terminal:
            percent = 100 * progress.done // progress.of
            days = f"{progress.first_day} … {progress.last_day}"
            print(f"{percent:3d} %  {days}  {progress.codes[0]} … {progress.codes[-1]}", file=sys.stderr, flush=True)
            return
        if self._bar is None:
            self._bar = tqdm(total=progress.of, desc="sweep", unit=" rule-days")
        self._bar.update(progress.done - self._bar.n)


def _facts(done: Sweep) -> dict[str, Any]:
    rules = [
        {
            "rule": one.spec.rule_code,
            "mode": one.version.mode,
            "hits": len(one.hits),
            "subjects": one.subjects,
            "by_level": one.by_level,
            "seconds": round(one.seconds, 3),
        }
        for one in done.rules
    ]
    return {
        "first": str(done.first_day or ""),
        "last": str(done.last_day or ""),
        "transactions": done.transactions,
        "hits": sum(len(one.hits) for one in done.rules),
        "rules": rules,
        "processes": done.processes,
        "seconds": round(done.seconds, 2),
    }


def _text(done: Sweep, facts: dict[str, Any]) -> str:
    rows = [(_("rule"), _("hits"), _("subjects"), _("seconds"))]
    rows += [(one["rule"], str(one["hits"]), str(one["subjects"]), f"{one['seconds']:.2f}") for one in facts["rules"]]
    whole = _("%(rules)d rules over %(transactions)d transactions, %(first)s to %(last)s: %(hits)d hits, %(seconds).2f s")
    lines = [*map(_line, rows), whole % {**facts, "rules": len(done.rules)}]
    if "file" in facts:
        lines.append(_("%(rows)d hits written to %(file)s") % {"rows": facts["hits"], "file": facts["file"]})
    return "\n".join(lines)


def _line(cells: tuple[str, ...]) -> str:
    """The first cell to the left, the others to the right of columns; a Chinese sign is as wide as two letters."""
    room = [WIDTH - sum(2 if east_asian_width(sign) in "WF" else 1 for sign in cell) for cell in cells]
    return cells[0] + " " * room[0] + "".join(" " * space + cell for space, cell in zip(room[1:], cells[1:], strict=True))


def _write(done: Sweep, path: str) -> None:
    """Every hit as a row. Citizens' numbers are hashes in the copy: they are told by a short mark."""
    with open(path, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for one in done.rules:
            for hit in one.hits.itertuples(index=False):
                code = label(hit.subject)
                written = f"'{code}" if code[:1] in "=+-@\t\r" else code
                day = from_ordinal(hit.day)
                writer.writerow((one.spec.rule_code, one.spec.subject_kind, written, day, hit.level, hit.observed, hit.threshold))
