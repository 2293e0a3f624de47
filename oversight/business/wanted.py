"""What a search asks for, as its address says it. What may identify a citizen stays in the session; the address holds only its key."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import urlencode

from django.contrib.sessions.backends.base import SessionBase
from django.urls import reverse

from ledger.kit.days import today
from ledger.lines import lines
from oversight.business.kinds import PERSONAL, Kind, is_personal, normal

KEPT_AS, MOST_KEPT = "ledger_searches", 20
PERIODS = {"7": 7, "30": 30, "90": 90, "365": 365}
FILTERS = ("line", "unit", "period", "first", "last")


@dataclass(frozen=True)
class Wanted:
    """`text` in normal form, `kind` what it is searched as, `key` the session's for it."""

    text: str = ""
    kind: str = ""
    key: str = ""
    line: str = ""
    unit: str = ""
    period: str = ""
    first: str = ""
    last: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str], session: SessionBase) -> "Wanted":
        """Unknown values count as not given. A citizen's number somebody wrote into the address by hand is not read from there."""
        filters = filters_of(given)
        kind = given.get("as", "") if given.get("as", "") in Kind.values else ""
        if key := given.get("s", ""):
            text = session.get(KEPT_AS, {}).get(key[:20], "")
            return cls(text, kind if text else "", key[:20], **filters)
        text = normal(given.get("q", ""))
        if is_personal(text) or kind in PERSONAL:
            text, kind = "", ""
        return cls(text, kind if text else "", **filters)

    @property
    def private(self) -> bool:
        """Whether the session keeps the text, so that no address and no page may hold it."""
        return bool(self.key and self.text)

    @property
    def ended(self) -> bool:
        """Whether the address had a key for which nothing is kept any more."""
        return bool(self.key and not self.text)

    @property
    def asks(self) -> bool:
        """Whether anything is asked for at all."""
        return bool(self.text or self.filters)

    @property
    def filters(self) -> dict[str, str]:
        return {name: value for name in FILTERS if (value := getattr(self, name))}

    @property
    def query(self) -> dict[str, str]:
        said = {"s": self.key} if self.private else {"q": self.text}
        return {name: value for name, value in {**said, "as": self.kind, **self.filters}.items() if value}

    def url(self, **changes: str) -> str:
        query = urlencode(replace(self, **changes).query)
        return f"{reverse('business:search')}{'?' if query else ''}{query}"

    @property
    def span(self) -> tuple[date | None, date | None]:
        """First and last event day; days that are given win over the period."""
        if self.first or self.last:
            return _day(self.first), _day(self.last)
        return (today() - timedelta(days=PERIODS[self.period] - 1), None) if self.period else (None, None)


def filters_of(given: Mapping[str, str]) -> dict[str, str]:
    """The filters that can be read; the others are empty."""
    text = {name: str(given.get(name, "")).strip()[:40] for name in FILTERS}
    if text["line"] not in lines():
        text["line"] = ""
    if text["period"] not in PERIODS:
        text["period"] = ""
    return text | {name: text[name] if _day(text[name]) else "" for name in ("first", "last")}


def keep(session: SessionBase, text: str) -> str:
    """Keep what was searched in the session and return its key; the oldest of many is forgotten."""
    searches: dict[str, str] = dict(session.get(KEPT_AS, {}))
    known = next((key for key, said in searches.items() if said == text), "")
    if known:
        return known
    key = secrets.token_hex(6)
    session[KEPT_AS] = dict([*searches.items(), (key, text)][-MOST_KEPT:])
    return key


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
