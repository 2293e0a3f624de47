"""The versions of a transaction in words: which delivery brought each, and what it changed, masked."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger.journal.canonical import moment_of
from ledger.journal.models import Batch, Transaction, Version
from ledger.journal.queries import versions_of
from ledger.journal.trail import Difference, differences
from ledger.kit.days import SHANGHAI
from ledger.kit.masking import mask_numbers, mask_staff_no
from ledger.lines import lines
from oversight.business.fields import covered, label_of
from oversight.center.presenters import words
from oversight.center.presenters.times import full_time

SHOWN = 20
STEP_LABELS: dict[str, Promise] = {
    "step": gettext_lazy("Step"),
    "post_code": gettext_lazy("Post"),
    "staff_no": gettext_lazy("By"),
    "at": gettext_lazy("Time"),
    "result": gettext_lazy("Result"),
    "terminal": gettext_lazy("Terminal"),
}
STAFF = frozenset({"handler_no", "approver_no", "staff_no"})
MOMENTS = frozenset({"accepted_at", "finished_at", "at"})


def version_lines(row: Transaction) -> list[dict[str, Any]]:
    """The newest SHOWN versions, newest first."""
    every = list(versions_of(row))
    changed = differences(every)
    shown = every[-SHOWN:][::-1]
    batches = Batch.objects.filter(pk__in={version.batch_id for version in shown}).select_related("delivery")
    deliveries = {batch.pk: batch.delivery for batch in batches}
    told = []
    for version in shown:
        delivery = deliveries.get(version.batch_id)
        told.append(
            {
                "number": version.number,
                "received_at": f"{version.arrived_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
                "source": (delivery.name or delivery.source) if delivery else row.source,
                "by": delivery.actor if delivery else "",
                "change": version.get_change_display() + (_(", steps") if version.part == Version.Part.STEPS else ""),
                "altered": version.change == Version.Change.ALTERATION,
                "differences": _told(row, changed[version.number]),
                "digest": version.leaf[:12],
            }
        )
    return told


def _told(row: Transaction, found: list[Difference]) -> list[dict[str, str]]:
    """Each difference as label, before and after; a step that is new is told as one."""
    told = []
    for one in found:
        _steps, _dot, rest = one.column.partition("steps.")
        number, _dot, column = rest.partition(".")
        if number and column == "step" and one.before is None:
            told.append({"label": _("step %(number)s") % {"number": number}, "before": "", "after": words.step_title(str(one.after))})
        elif not number:
            told.append(_difference(row, label_of(row.line, one.column), one.column, one))
        elif not (one.before is None and _is_of_new_step(found, number)):
            label = _("step %(number)s, %(column)s") % {"number": number, "column": STEP_LABELS.get(column, column)}
            told.append(_difference(row, label, column, one))
    return told


def _is_of_new_step(found: list[Difference], number: str) -> bool:
    return any(one.column == f"steps.{number}.step" and one.before is None for one in found)


def _difference(row: Transaction, label: str, column: str, one: Difference) -> dict[str, str]:
    return {"label": label, "before": _value(row, column, one.before), "after": _value(row, column, one.after)}


def _value(row: Transaction, column: str, value: Any) -> str:
    """A value of canonical content as the page may show it."""
    if value is None or value == "":
        return ""
    text = str(value)
    if column in MOMENTS:
        return full_time(moment_of(text))
    if column in STAFF:
        return mask_staff_no(text)
    if column == "amount":
        return f"{int(value) / 100:.2f}"
    if column == "line":
        return words.line_title(text)
    if column == "action":
        return _action(row, text)
    if column == "status":
        return str(Transaction.Status(text).label)
    if column == "step":
        return words.step_title(text)
    if column == "result":
        return mask_numbers(words.result_title(text))
    return covered(row.line, column, text)


def _action(row: Transaction, code: str) -> str:
    """By the line the transaction now has; of another line its own code."""
    declared = lines().get(row.line)
    return words.action_title(row.line, code) if declared and code in declared.actions else code
