"""`simulate`: a synthetic detachment in the files of the data contract, with known misconduct."""

import json
import time
from argparse import ArgumentParser
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from risk.evaluation import simulate

LARGEST_EFFECT = 5.0


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


_positive.__name__ = "positive number"


def _size(text: str) -> float:
    number = float(text)
    if not 0 < number <= LARGEST_EFFECT:
        raise ValueError(text)
    return number


_size.__name__ = "size of effect"


class Command(BaseCommand):
    help = "Writes a synthetic detachment in the files of the data contract; known misconduct is listed in labels.csv."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "-o", "--output", required=True, type=Path, metavar="DIR", help="folder to write into; files of the same names are replaced"
        )
        parser.add_argument("--days", type=_positive, default=60, help="length of the history in days (default 60)")
        parser.add_argument("--transactions", type=_positive, default=20_000, help="about how many transactions (default 20000)")
        parser.add_argument("--seed", type=int, default=1, help="same seed, same dates: same files (default 1)")
        parser.add_argument("--until", type=date.fromisoformat, metavar="DATE", help="last day of the history (default yesterday)")
        parser.add_argument(
            "--effect", type=_size, default=1.0, help="how strong the misconduct is: 1 the standard, 0.2 one candidate in ten"
        )
        parser.add_argument("--scenarios", metavar="A,B", help="only these, or 'none'; known: " + ", ".join(simulate.registered()))
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, **options: Any) -> None:
        started = time.perf_counter()
        last: date = options["until"] or timezone.localdate() - timedelta(days=1)
        first = last - timedelta(days=options["days"] - 1)
        town = simulate.detachment(options["seed"])
        output = simulate.history(
            town,
            first_day=first,
            last_day=last,
            transactions=options["transactions"],
            seed=options["seed"],
            scenarios=_names(options["scenarios"]),
            effect=options["effect"],
        )
        try:
            rows = simulate.write((town, output), options["output"])
        except OSError as error:
            refused = _("%(folder)s cannot be written (%(reason)s): name another folder or make room.")
            raise CommandError(refused % {"folder": options["output"], "reason": error.strerror or error}, returncode=2) from error
        seconds = round(time.perf_counter() - started, 1)
        if options["json"]:
            answer = {"files": sorted(rows), "rows": rows, "from": first.isoformat(), "to": last.isoformat(), "seconds": seconds}
            self.stdout.write(json.dumps(answer))
            return
        for name, count in rows.items():
            self.stdout.write(_("%(count)s rows in %(file)s") % {"count": count, "file": options["output"] / name})


def _names(listed: str | None) -> tuple[str, ...] | None:
    """Scenario names of an option: None for all, empty for 'none'. Raises CommandError for a name nobody knows."""
    if listed is None:
        return None
    names = tuple(name for name in listed.split(",") if name and name != "none")
    known = simulate.registered()
    unknown = ", ".join(name for name in names if name not in known)
    if unknown:
        refused = _("unknown scenario %(unknown)s; known are %(known)s")
        raise CommandError(refused % {"unknown": unknown, "known": ", ".join(known)}, returncode=2)
    return names
