"""Shares, numbers and their change against the evaluation before, as people say them."""

from typing import Any

from django.utils.translation import gettext as _

from risk.evaluation.models import Evaluation

NONE = "–"
MARKS = {
    Evaluation.State.ORDERED: "pending",
    Evaluation.State.RUNNING: "issued",
    Evaluation.State.DONE: "closed",
    Evaluation.State.FAILED: "dismissed",
}


def percent(share: float | None) -> str:
    return NONE if share is None else f"{share:.1%}"


def number(value: float | None) -> str:
    return NONE if value is None else f"{round(value, 2):g}"


def points(now: float | None, before: float | None) -> str:
    """The change of a share in points of a hundred, signed; ± 0 where it is the same to one decimal, empty where there is no comparing."""
    if now is None or before is None:
        return ""
    return signed(round(100 * (now - before), 1))


def change(now: float | None, before: float | None) -> str:
    return "" if now is None or before is None else signed(round(now - before, 2))


def signed(value: float) -> str:
    return "± 0" if not value else f"{'+' if value > 0 else '−'}{abs(value):g}"


def person(who: Any) -> str:
    return str(who) if who else _("Demonstration")


def digest(whole: str) -> str:
    """The first characters of a digest: enough to tell two apart by eye."""
    return whole[:12]
