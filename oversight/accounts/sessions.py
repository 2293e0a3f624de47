"""The session engine: a login that ends by itself, on the server, whatever the browser keeps.

A session ends IDLE after the person's last act and at the latest LONGEST after it began. Both ends are the session's own expiry in the
database, so pages and live streams, which look at the same row, end together.
"""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.backends import db
from django.utils import timezone

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
STEP = timedelta(minutes=1)
OPENED, SEEN = "opened_at", "seen_at"


class SessionStore(db.SessionStore):
    """Django's database session with the two ends; a session of nobody (before the login) lives as the settings say."""

    def open(self, now: datetime | None = None) -> None:
        """A person has logged in."""
        now = now or timezone.now()
        self[OPENED] = self[SEEN] = now.isoformat()

    def touch(self, now: datetime | None = None) -> None:
        """The person did something; written at most once in STEP."""
        now = now or timezone.now()
        if now - datetime.fromisoformat(self[SEEN]) >= STEP:
            self[SEEN] = now.isoformat()

    def get_expiry_date(self, **kwargs: Any) -> datetime:
        if OPENED not in self:
            return super().get_expiry_date(**kwargs)
        return min(datetime.fromisoformat(self[SEEN]) + IDLE, datetime.fromisoformat(self[OPENED]) + LONGEST)
