"""The tasks of a list as a workbook: what it is, who took it and when, then the rows as text under a header that stays."""

import tempfile
from collections.abc import Sequence
from typing import IO, Any

import xlsxwriter
from django.http import FileResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from ledger.audit.services import record
from ledger.kit.days import SHANGHAI
from ledger.kit.errors import TooLarge
from oversight.center.export import XLSX
from oversight.center.presenters.times import full_time
from oversight.cycle.lists import Wanted, filtered, ready
from oversight.cycle.words import STANDINGS, title_of
from oversight.viewer import ConsoleRequest

MOST = 20_000
WIDTHS = (22, 24, 24, 12, 20, 8, 8, 8, 20, 12, 10)


def header() -> list[str]:
    return [
        pgettext("cycle", "Task"),
        _("Round"),
        _("Unit"),
        _("Status"),
        pgettext("cycle", "Due"),
        pgettext("cycle", "Items"),
        pgettext("cycle", "Answered"),
        pgettext("cycle", "Findings"),
        _("Submitted at"),
        _("Submitted by"),
        _("Overdue"),
    ]


def _cells(task: Any) -> list[str]:
    sent = full_time(task.submitted_at) if task.submitted_at else ""
    numbers = [str(task.items), str(task.answered), str(task.findings)]
    told = [task.number, title_of(task.round), task.unit.name, str(STANDINGS[task.how]), full_time(task.due_at)]
    return [*told, *numbers, sent, str(task.submitted_by or ""), _("yes") if task.late or task.how == "overdue" else ""]


@require_GET
def export(request: ConsoleRequest) -> FileResponse:
    """The list of the address, as the page shows it. Raises TooLarge beyond MOST rows."""
    wanted, now, viewer = Wanted.read(request.GET), timezone.now(), request.viewer
    rows = list(ready(filtered(viewer, wanted, now)).order_by("-round__first_day", "unit__path", "pk")[: MOST + 1])
    if len(rows) > MOST:
        raise TooLarge(_("The list has more than %(most)d rows; narrow the filter.") % {"most": MOST})
    mark = f"{viewer.name} {viewer.number} {full_time(now)}"
    told: dict[str, Any] = {"rows": len(rows), "round": wanted.round, "standing": wanted.standing, "unit": wanted.unit}
    record("cycle.exported", actor=request.user, address=viewer.address, **told)
    file = tempfile.TemporaryFile()  # noqa: SIM115 — the answer closes it
    _write(file, [_cells(task) for task in rows], mark)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"cycle-{now.astimezone(SHANGHAI):%Y%m%d-%H%M}.xlsx", content_type=XLSX)


def _write(file: IO[bytes], rows: Sequence[Sequence[str]], mark: str) -> None:
    options = {"constant_memory": True, "strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        text, bold = book.add_format({"num_format": "@"}), book.add_format({"bold": True, "num_format": "@"})
        sheet = book.add_worksheet(_("Checklist cycle"))
        sheet.freeze_panes(1, 1)
        sheet.set_landscape()
        sheet.repeat_rows(0)
        sheet.set_header("&C&8" + mark.replace("&", "&&"))
        for place, width in enumerate(WIDTHS):
            sheet.set_column(place, place, width, text)
        for line, cells in enumerate([header(), *rows]):
            for place, cell in enumerate(cells):
                sheet.write_string(line, place, cell, text if line else bold)
