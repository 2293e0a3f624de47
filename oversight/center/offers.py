"""What other areas offer to do with an alert on its page: each registers itself at start (oversight/joining.py)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from oversight.viewer import Viewer
from risk.alerts.models import Alert


@dataclass(frozen=True)
class Offer:
    """Buttons in the action bar and perhaps a dialog, each a template that is given `context` as `offer`.

    `note`: in place of why nothing can be done. `keys`: key cap and what it does, for the list of keys. `ways`: where an act of the list of
    alerts goes on (dispatch, escalate), as an address or as the dialog on the page of the alert.
    """

    buttons: str
    context: dict[str, Any]
    dialog: str = ""
    note: str = ""
    keys: list[tuple[str, str]] = field(default_factory=list)
    ways: dict[str, str] = field(default_factory=dict)


Offering = Callable[[Alert, Viewer], Offer | None]
_offerings: list[Offering] = []


def register_offer(offering: Offering) -> None:
    if offering not in _offerings:
        _offerings.append(offering)


def offers_of(alert: Alert, viewer: Viewer) -> list[Offer]:
    """What this person may be offered for the alert now."""
    return [offer for offering in _offerings if (offer := offering(alert, viewer)) is not None]
