"""Words for what the quarantine keeps as codes."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ledger.intake.reading.reasons import REASONS
from oversight.intake.labels import KINDS

ELLIPSIS = "…"
TITLES: dict[str, Promise] = {
    "missing_value": _("required value missing"),
    "missing_column": _("required column missing"),
    "repeated_column": _("column given twice"),
    "too_long": _("too long"),
    "control_character": _("control character"),
    "not_text": _("not sent as text"),
    "not_a_record": _("no record"),
    "too_many_columns": _("too many columns"),
    "float_id": _("number made by a spreadsheet"),
    "formula": _("formula"),
    "cell_error": _("error of a spreadsheet"),
    "bad_date": _("not a date"),
    "bad_time": _("not a date with a time"),
    "bad_clock": _("not a time of day"),
    "bad_hours": _("not opening hours"),
    "bad_number": _("not a number"),
    "bad_amount": _("not an amount"),
    "bad_points": _("not points from 0 to 12"),
    "bad_seq": _("not a step number"),
    "bad_flag": _("neither 0 nor 1"),
    "not_in_list": _("not an allowed value"),
    "unknown_unit": _("unit on no roster"),
    "parent_cycle": _("below itself"),
    "end_before_start": _("end before start"),
    "no_impound": _("not an impounding"),
    "too_few_cells": _("too few cells"),
    "too_many_cells": _("too many cells"),
    "bad_quoting": _("quotation marks do not match"),
    "rest_left": _("rest not put in place"),
    "line_too_long": _("line too long"),
    "waiting": _("waits for its transaction"),
    "waited_too_long": _("transaction did not come"),
}
STATES: dict[str, Promise] = {
    "rejected": pgettext_lazy("row", "rejected"),
    "waiting": pgettext_lazy("row", "waiting"),
    "taken": pgettext_lazy("row", "taken"),
    "corrected": pgettext_lazy("row", "corrected"),
    "repeated": pgettext_lazy("row", "sent again"),
    "discarded": pgettext_lazy("row", "discarded"),
}
PURPOSES: dict[str, Promise] = {
    "correct": _("to correct it with the sender"),
    "judge": _("to judge a request to discard it"),
    "inspect": _("to inspect what was refused"),
}


def kind_label(code: str) -> str:
    return str(KINDS.get(code, code))


class _Unsaid(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ELLIPSIS


def reason_title(code: str) -> str:
    """A reason in a few words; of one that has none yet, its sentence without the particulars."""
    if code in TITLES:
        return str(TITLES[code])
    return str(REASONS[code]) % _Unsaid() if code in REASONS else code
