"""Whose stream it is: Django's own session, asked once at connect and again from time to time, for many streams in one go."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.http.cookie import parse_cookie
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from ledger.roster.accounts import User
from risk.alerts.visibility import Visibility


@dataclass(frozen=True)
class Sight:
    """Who is behind a session, and what they may see as of now."""

    user_id: int
    visibility: Visibility


def session_key(cookie_header: str) -> str:
    """The session key in a Cookie header; empty when there is none that could be one."""
    key = parse_cookie(cookie_header).get(settings.SESSION_COOKIE_NAME, "")
    return key if key.isascii() and key.isalnum() and len(key) <= 40 else ""


def sights(keys: Collection[str]) -> dict[str, Sight]:
    """Session key → who may go on watching. Missing: unknown, expired or logged-out sessions, inactive users, changed passwords.

    Raises django.db.Error when the database does not answer, which says nothing about the sessions.
    """
    rows = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now()).values_list("session_key", "session_data")
    contents = {key: SessionStore().decode(data) for key, data in rows}
    known = settings.AUTHENTICATION_BACKENDS
    ids = {
        key: content[SESSION_KEY]
        for key, content in contents.items()
        if SESSION_KEY in content and content.get(BACKEND_SESSION_KEY) in known
    }
    users = {str(user.pk): user for user in User.objects.filter(pk__in=set(ids.values()), is_active=True).select_related("staff")}
    holders = {key: users[pk] for key, pk in ids.items() if pk in users and _password_unchanged(contents[key], users[pk])}
    seen = {user.pk: Sight(user.pk, Visibility.of(user)) for user in set(holders.values())}
    return {key: seen[user.pk] for key, user in holders.items()}


def _password_unchanged(content: dict[str, Any], user: User) -> bool:
    """Django binds a session to the password it was opened with: changing it ends the other sessions."""
    given = content.get(HASH_SESSION_KEY, "")
    valid = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return any(constant_time_compare(given, hashed) for hashed in valid)
