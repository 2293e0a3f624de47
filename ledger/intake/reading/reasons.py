"""Why a row or a file was not taken, as a code; the sentence is made in the language of whoever reads it."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REASONS: dict[str, Promise] = {
    "missing_value": _("%(column)s is empty; it must be given."),
    "missing_column": _("%(column)s is not given; every record needs it."),
    "repeated_column": _("%(column)s is given more than once; keep one."),
    "too_long": _("%(column)s is longer than %(limit)s characters."),
    "control_character": _("%(column)s holds a control character, which no code or text may; remove it."),
    "not_text": _("%(column)s is not text; send every value as text."),
    "not_a_record": _("This is no record; send an object that names its columns."),
    "too_many_columns": _("The record has %(found)s columns; at most %(limit)s are taken."),
    "float_id": _("%(column)s “%(value)s” was turned into a number by a spreadsheet; format the column as text and give all its digits."),
    "formula": _("%(column)s is calculated by a formula; paste the value itself."),
    "cell_error": _("%(column)s holds the error of a spreadsheet, such as #N/A; give the value itself."),
    "bad_date": _("%(column)s “%(value)s” is not a date; write it like 2026-03-01."),
    "bad_time": _("%(column)s “%(value)s” is not a date with a time; write it like 2026-03-01 08:30."),
    "bad_clock": _("%(column)s “%(value)s” is not a time of day; write it like 08:30."),
    "bad_hours": _("%(column)s “%(value)s” are not opening hours; write them like 08:30-12:00,13:00-17:30."),
    "bad_number": _("%(column)s “%(value)s” is not a number."),
    "bad_amount": _("%(column)s “%(value)s” is not an amount in yuan; write it like 200 or 200.50, with no separators."),
    "bad_points": _("%(column)s “%(value)s” are not points; they are whole numbers from 0 to 12."),
    "bad_seq": _("%(column)s “%(value)s” is not a step number; it is a whole number from 1 up."),
    "bad_count": _("%(column)s “%(value)s” is not a number of records; it is a whole number from 0 up."),
    "bad_flag": _("%(column)s “%(value)s” is neither 0 nor 1."),
    "not_in_list": _("%(column)s “%(value)s” is not one of: %(allowed)s."),
    "unknown_unit": _("%(column)s “%(value)s” is in no roster; import the unit first."),
    "parent_cycle": _("%(column)s “%(value)s” would place the unit below itself."),
    "end_before_start": _("%(column)s “%(value)s” lies before the start."),
    "line_of_no_transactions": _("%(column)s “%(value)s” divides transactions only; leave it empty for other kinds."),
    "no_impound": _("%(column)s “%(value)s” is the serial number of another business; give that of the impounding of the vehicle."),
    "too_few_cells": _("The line has %(found)s cells, the header %(expected)s; a separator or the end of the line is missing."),
    "too_many_cells": _("The line has %(found)s cells, the header only %(expected)s; quote cells that hold a comma."),
    "bad_quoting": _("The quotation marks of the line do not match; double the ones inside a quoted cell."),
    "rest_left": _("%(column)s still holds what belonged to no column; put it where it belongs and empty that cell."),
    "line_too_long": _("The line is longer than %(limit)s characters."),
    "waiting": _("Its transaction “%(value)s” has not come yet; the step waits for it."),
    "waited_too_long": _("Its transaction “%(value)s” did not come within %(days)s days."),
}

MARKS: dict[str, Promise] = {
    "two_spellings": _("%(column)s was written “%(value)s”, which is another spelling of the code it was taken as."),
    "unknown_staff": _("%(column)s “%(value)s” is in no roster."),
    "finished_before_accepted": _("%(column)s “%(value)s” lies before the acceptance."),
    "before_receipt": _("%(column)s “%(value)s” lies before the receipt."),
    "in_the_future": _("%(column)s “%(value)s” lay in the future when it arrived."),
}


IN_CELL = _("Cell %(cell)s: %(sentence)s")


class Fault(Exception):
    """One value that cannot be taken; it rejects its row and nothing else."""

    def __init__(self, reason: str, *, column: str = "", value: str = "", **detail: Any) -> None:
        super().__init__(reason)
        self.reason, self.column, self.value, self.detail = reason, column, value, detail


def sentence(reason: str, *, column: str = "", value: str = "", detail: Mapping[str, Any] | None = None) -> str:
    """The reason of a rejection or mark as a sentence in the current language, with the cell where a sheet has one."""
    detail = detail or {}
    template = REASONS.get(reason) or MARKS[reason]
    told = str(template) % {"column": column, "value": value, **detail}
    return str(IN_CELL) % {"cell": detail["cell"], "sentence": told} if detail.get("cell") else told
