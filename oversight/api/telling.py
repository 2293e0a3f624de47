"""How answers say times and sentences: Shanghai time, and both languages whatever the caller's own is."""

from collections.abc import Callable
from datetime import datetime

from django.utils import translation

from ledger.kit.days import SHANGHAI

LANGUAGES = {"zh": "zh-hans", "en": "en"}


def in_both(say: Callable[[], str]) -> dict[str, str]:
    """What is said in each language."""
    found = {}
    for short, language in LANGUAGES.items():
        with translation.override(language):
            found[short] = say()
    return found


def told_time(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).isoformat(timespec="seconds")
