"""import_ledger: load files, or a folder of files named after their kind, into the roster and the journal."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from tqdm import tqdm

from ledger.intake.reading.files import left_alone
from ledger.intake.reading.kinds import KINDS
from ledger.intake.refused.quarantine import quarantine_csv
from ledger.intake.services import Counts, import_paths
from ledger.journal.models import Delivery
from ledger.kit import doorbell
from ledger.kit.commands import CommandParser, Result, ResultCommand

SCORING_TASK = "risk.tasks.score_pending"


class Command(ResultCommand):
    help = "Load CSV files (UTF-8 or GB18030) and XLSX sheets into the roster and the journal; a folder is read in dependency order."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="+", metavar="PATH", help=_("a file, or a folder holding files named after their kind"))
        parser.add_argument("--kind", help=_("what the file holds, where its name does not say: %(kinds)s") % {"kinds": ", ".join(KINDS)})
        parser.add_argument("--sheet", metavar="NAME|NUMBER", help=_("the sheet to read of spreadsheets (default: the first)"))
        parser.add_argument("--source", default="manual", help=_("the system the data comes from (default: manual)"))
        parser.add_argument("--no-score", action="store_true", help=_("leave the scoring for later"))
        parser.add_argument("--backfill", action="store_true", help=_("old data: scored, but neither sounding nor starting clocks"))

    def run(self, **options: Any) -> Result:
        paths = [Path(path) for path in options["paths"]]
        with _Progress(shown=self.on_terminal) as progress, _patient_collector():
            results = import_paths(
                paths=paths,
                kind=options["kind"],
                sheet=options["sheet"],
                source=options["source"],
                backfill=options["backfill"],
                actor="import_ledger",
                progress=progress.show,
            )
        if not options["no_score"] and any(counts.accepted or counts.revised for counts in results):
            doorbell.ring(SCORING_TASK)
        files = [_facts(counts) for counts in results]
        ignored = _("%(name)s: ignored columns: %(columns)s")
        notes = [ignored % {"name": counts.name, "columns": ", ".join(counts.ignored)} for counts in results if counts.ignored]
        notes += [
            _("%(path)s was left alone: it is no CSV or XLSX file named after a kind.") % {"path": path} for path in left_alone(paths)
        ]
        return Result({"files": files}, "\n".join(_line(counts) for counts in files), notes=notes)


@contextmanager
def _patient_collector() -> Iterator[None]:
    """Rows come and go by the million and hold no cycles: looking for some after every 700 objects took a quarter of the time."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)


class _Progress:
    """A bar on stderr while somebody watches."""

    def __init__(self, *, shown: bool) -> None:
        self._shown, self._kind = shown, ""
        self._bar: tqdm | None = None

    def __enter__(self) -> "_Progress":
        return self

    def __exit__(self, *_exc: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def show(self, kind: str, rows: int) -> None:
        if not self._shown:
            return
        if kind != self._kind:
            self.__exit__()
            self._bar, self._kind = tqdm(desc=kind, unit=" rows"), kind
        if self._bar is not None:
            self._bar.update(rows - self._bar.n)


def _facts(counts: Counts) -> dict[str, Any]:
    facts = asdict(counts)
    return {**facts, "quarantine": _quarantine_file(counts)}


def _quarantine_file(counts: Counts) -> str:
    """Where the rejected rows lie as a file that can be corrected and imported again; empty when there are none."""
    if not counts.rejected:
        return ""
    path = settings.VAR_DIR / "quarantine" / f"{counts.delivery_id}-{counts.kind}.csv"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        file.writelines(quarantine_csv(Delivery.objects.get(pk=counts.delivery_id)))
    return str(path)


def _line(facts: dict[str, Any]) -> str:
    text = _(
        "%(kind)s: received %(received)s, accepted %(accepted)s, revised %(revised)s, duplicate %(duplicate)s,"
        " rejected %(rejected)s, waiting %(waiting)s (%(seconds)s s)"
    ) % {**facts}
    return f"{text}\n  → {facts['quarantine']}" if facts["quarantine"] else text
