"""The form that asks what a value is needed for before it is shown in clear, and the value once that was said."""

from collections.abc import Sequence
from typing import Any

from oversight.business import purposes
from oversight.business.fields import Field

SHOWN_SECONDS = 180


def reveal_context(fields: Sequence[Field], typed: dict[str, str], problem: str, *, url: str, back_url: str) -> dict[str, Any] | None:
    """What ledger/_clear.html and ledger/_reveal.html print; None where there is nothing to reveal."""
    personal = [field for field in fields if field.personal]
    if not personal:
        return None
    return {
        "fields": personal,
        "shown": next((field for field in personal if field.revealed), None),
        "minutes": SHOWN_SECONDS // 60,
        "url": url,
        "back_url": back_url,
        "purposes": purposes.offered(),
        "least": purposes.SHORTEST,
        "most": purposes.LONGEST,
        "typed": typed,
        "problem": problem,
    }
