"""Tokens of business systems: made, found again by what they show, and revoked."""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256

from django.db import transaction as database
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.audit.services import record
from ledger.intake.kinds import KINDS, Kind
from ledger.intake.models import ApiToken
from ledger.intake.services import check_source
from ledger.kit.errors import BadInput, Conflict, NotFound


def write_scope(kind: Kind) -> str:
    """The scope that lets a token send records of a kind; one for each, so that who may send transactions may not change the roster."""
    return f"{kind.code}:write"


# Asking whether somebody may still do business; sends nothing.
CHECK_SCOPE = "breakers:check"
SCOPES = (*(write_scope(kind) for kind in KINDS.values()), CHECK_SCOPE)
NOTED_EVERY = timedelta(minutes=1)


@database.atomic
def add_token(*, name: str, source: str, scopes: Sequence[str], created_by: str = "") -> tuple[ApiToken, str]:
    """A new token and its secret, which is nowhere else: who loses it needs another token.

    Raises BadInput for a name, source or scope that cannot be, Conflict for a name that is taken, by a revoked token too.
    """
    check_source(source)
    if not name or len(name) > 60 or not name.isprintable():
        raise BadInput(_("“%(name)s” cannot name a token: 1 to 60 printable characters.") % {"name": name})
    for scope in scopes:
        if scope not in SCOPES:
            raise BadInput(_("There is no scope “%(scope)s”; it is one of: %(scopes)s.") % {"scope": scope, "scopes": ", ".join(SCOPES)})
    if not scopes:
        raise BadInput(_("A token needs a scope: %(scopes)s.") % {"scopes": ", ".join(SCOPES)})
    if ApiToken.objects.filter(name=name).exists():
        raise Conflict(_("There is a token “%(name)s” already; choose another name.") % {"name": name})
    secret = f"mj_{secrets.token_urlsafe(32)}"
    chosen = sorted(set(scopes))
    token = ApiToken.objects.create(name=name, source=source, scopes=chosen, digest=_digest(secret), created_by=created_by)
    record("token.added", target=name, source=source, scopes=chosen, by=created_by)
    return token, secret


@database.atomic
def revoke_token(*, name: str, revoked_by: str = "") -> ApiToken:
    """End a token at once. Raises NotFound for a name that no token in force has."""
    token = ApiToken.objects.filter(name=name, revoked_at=None).first()
    if token is None:
        raise NotFound(_("There is no token “%(name)s” in force.") % {"name": name})
    token.revoked_at = timezone.now()
    token.save(update_fields=["revoked_at"])
    record("token.revoked", target=name, source=token.source, by=revoked_by)
    return token


def token_of(secret: str) -> ApiToken | None:
    """The token in force with this secret."""
    try:
        return ApiToken.objects.get(digest=_digest(secret), revoked_at=None)
    except ApiToken.DoesNotExist:
        return None


def note_use(token: ApiToken) -> None:
    """Keep when a token was last used, to the minute."""
    now = timezone.now()
    if token.last_used_at is not None and token.last_used_at >= now - NOTED_EVERY:
        return
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - NOTED_EVERY)
    ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)


def _digest(secret: str) -> str:
    return sha256(secret.encode("utf-8", errors="replace")).hexdigest()
