"""The alerts list as a file: the rows as filtered, masked as on the screen, with who took them, when, by which filter and what for."""

import csv
import io
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import IO, Any

import xlsxwriter
from django.contrib import messages
from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ledger.audit.services import record
from ledger.intake.reading.escaping import escaped
from ledger.kit.days import SHANGHAI
from ledger.kit.errors import BadInput, MingjingError, TooLarge
from oversight.center.listing import asked_list
from oversight.center.lists import AlertList
from oversight.center.orders import LABELS
from oversight.center.presenters import words
from oversight.center.presenters.rows import Addresses, alert_rows, ready_for_rows
from oversight.center.presenters.times import full_time
from oversight.viewer import ConsoleRequest, Viewer
from risk.alerts.models import Alert

MOST = 100_000
CHUNK = 500
SHORTEST, LONGEST = 4, 200
WIDTHS = (20, 20, 8, 20, 26, 14, 20, 12, 22, 60, 12, 20, 12)
LONGEST_CELL = 32_767
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What no XML holds.
_FORBIDDEN = {code: None for code in range(32) if chr(code) not in "\t\n\r"}


@dataclass(frozen=True)
class Export:
    """One export that may be made: of whose list, for what, at which moment."""

    listed: AlertList
    purpose: str
    at: datetime
    number: int

    @property
    def viewer(self) -> Viewer:
        return self.listed.viewer

    @property
    def mark(self) -> str:
        """What stands on every page and in every line: who took it and when."""
        return f"{self.viewer.name} {self.viewer.number} {full_time(self.at)}".replace("  ", " ")

    @property
    def filter_text(self) -> str:
        told = [str(self.listed.tab.label), *(f"{name}={value}" for name, value in self.listed.wanted.filters.items())]
        return "; ".join([*told, str(LABELS[self.listed.order.key])])

    def about(self) -> list[tuple[str, str]]:
        return [
            (_("Content"), _("Alerts (suspicions raised by the system; not confirmed)")),
            (_("Exported by"), f"{self.viewer.name} {self.viewer.number}".strip()),
            (_("Exported at"), full_time(self.at)),
            (_("Filter"), self.filter_text),
            (_("Purpose"), self.purpose),
            (_("Rows"), str(self.number)),
            (_("Watermark"), self.mark),
        ]

    def lines(self) -> Iterator[list[str]]:
        """The rows as cells under `header`, in the order of the list."""
        found = ready_for_rows(self.listed.rows).select_related("matter")[:MOST].iterator(chunk_size=CHUNK)
        while chunk := list(islice(found, CHUNK)):
            for alert, row in zip(chunk, alert_rows(chunk, Addresses(self.viewer)), strict=True):
                yield _cells(alert, row)


def header() -> list[str]:
    return [
        _("Alert number"),
        _("Matter number"),
        _("Level"),
        _("Time"),
        _("Subject"),
        _("Number (masked)"),
        _("Unit"),
        _("Rule"),
        _("Risk point"),
        _("What triggered it"),
        _("Status"),
        _("Deadline"),
        _("Handler"),
    ]


def _cells(alert: Alert, row: dict[str, Any]) -> list[str]:
    due = full_time(alert.due_at) if alert.due_at else ""
    named = [alert.number, alert.matter.number, str(words.LEVELS[alert.level]), full_time(alert.raised_at)]
    about = [row["subject"], row["subject_code_masked"], row["unit"], alert.rule.code, row["rule_title"], row["summary"]]
    return [*named, *about, row["status_label"], due, row["handler"]]


def prepare(*, listed: AlertList, purpose: str) -> Export:
    """Check and write down an export. Raises BadInput without a purpose, TooLarge beyond MOST rows."""
    purpose = " ".join(purpose.split())
    if not SHORTEST <= len(purpose) <= LONGEST:
        raise BadInput(_("Say in %(least)d to %(most)d characters what the export is for.") % {"least": SHORTEST, "most": LONGEST})
    number = listed.alerts.order_by()[: MOST + 1].count()
    if number > MOST:
        raise TooLarge(_("The list has more than %(most)d rows; narrow the filter.") % {"most": MOST})
    return Export(listed, purpose, timezone.now(), number)


def csv_lines(export: Export, language: str) -> Iterator[bytes]:
    """CSV with a byte order mark, formulas escaped, the watermark at the end of every line."""
    with override(language):
        yield "\ufeff".encode() + _csv([*header(), _("Watermark")])
        for cells in export.lines():
            yield _csv([*(escaped(cell) for cell in cells), export.mark])


def _csv(cells: Sequence[str]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue().encode()


def write_xlsx(file: IO[bytes], export: Export) -> None:
    """A workbook: first what it is, then the rows as text under a header that stays; the watermark on every printed page."""
    options = {"constant_memory": True, "strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        text, bold = book.add_format({"num_format": "@"}), book.add_format({"bold": True, "num_format": "@"})
        mark = "&C&8" + export.mark.replace("&", "&&")
        about = book.add_worksheet(_("About this file"))
        about.set_column(0, 0, 18, bold)
        about.set_column(1, 1, 90, text)
        about.set_footer(mark)
        for line, pair in enumerate(export.about()):
            _write(about, line, pair, text)
        sheet = book.add_worksheet(_("Alerts"))
        sheet.freeze_panes(1, 1)
        sheet.set_landscape()
        sheet.repeat_rows(0)
        sheet.set_header(mark)
        for place, width in enumerate(WIDTHS):
            sheet.set_column(place, place, width, text)
        _write(sheet, 0, header(), bold)
        for line, cells in enumerate(export.lines(), start=1):
            _write(sheet, line, cells, text)


def _write(sheet: Any, line: int, cells: Sequence[str], form: Any) -> None:
    for place, cell in enumerate(cells):
        sheet.write_string(line, place, cell.translate(_FORBIDDEN)[:LONGEST_CELL], form)


@require_POST
def export(request: ConsoleRequest) -> HttpResponseBase:
    wanted, form = asked_list(request), request.POST.get("form", "")
    listed = AlertList(request.viewer, wanted)
    try:
        if form not in ("csv", "xlsx"):
            raise BadInput(_("Choose xlsx or csv."))
        made = prepare(listed=listed, purpose=request.POST.get("purpose", ""))
    except MingjingError as error:
        messages.error(request, str(error))
        return redirect(wanted.url())
    told = {"purpose": made.purpose, "form": form, "rows": made.number, "filters": {"tab": wanted.tab, **wanted.filters}}
    record("alerts.exported", actor=request.user, target=wanted.tab, address=request.viewer.address, **told)
    name = f"alerts-{made.at.astimezone(SHANGHAI):%Y%m%d-%H%M}.{form}"
    if form == "csv":
        answer = StreamingHttpResponse(csv_lines(made, get_language() or "zh-hans"), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer
    file = tempfile.TemporaryFile()  # noqa: SIM115 — the answer closes it
    write_xlsx(file, made)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)
