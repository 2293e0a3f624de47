"""`export_alerts`: alerts with their evidence, for evaluation and for other systems."""

import csv
import io
import json
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from ledger.audit.services import record
from ledger.kit.commands import CommandParser, Result, ResultCommand
from risk.alerts.exports import COLUMNS, alert_rows


class Command(ResultCommand):
    help = _("Writes alerts with their evidence, as CSV or one JSON object per line.")

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", type=date.fromisoformat, dest="first", metavar="D", help=_("first event day, YYYY-MM-DD"))
        parser.add_argument("--to", type=date.fromisoformat, dest="last", metavar="D", help=_("last event day, YYYY-MM-DD"))
        parser.add_argument("--format", choices=("csv", "jsonl"), default="csv", dest="form")
        parser.add_argument("-o", "--output", metavar="FILE", help=_("file to write; without it, the rows go to stdout"))

    def run(self, **options: Any) -> Result:
        first, last, form, output = options["first"], options["last"], options["form"], options["output"]
        rows = list(alert_rows(first=first, last=last))
        text = _as_csv(rows) if form == "csv" else "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        record("alerts.exported", target=output or "stdout", rows=len(rows), first=str(first or ""), last=str(last or ""))
        if output is None:
            return Result({"rows": rows}, text.rstrip("\n"))
        with open(output, "w", encoding="utf-8-sig" if form == "csv" else "utf-8", newline="") as file:
            file.write(text)
        return Result({"rows": len(rows), "file": output}, _("%(rows)d alerts written to %(file)s") % {"rows": len(rows), "file": output})


def _as_csv(rows: list[dict[str, Any]]) -> str:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, COLUMNS)
    writer.writeheader()
    writer.writerows({name: _safe(value) for name, value in row.items()} for row in rows)
    return file.getvalue()


def _safe(value: Any) -> Any:
    """A cell that a spreadsheet would run as a formula is kept as text."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" else value
