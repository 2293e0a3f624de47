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
from ledger.intake.models import ApiToken
from ledger.intake.reading.kinds import KINDS, Kind
from ledger.intake.services import check_source
from ledger.kit.errors import BadInput, Conflict, NotFound
from ledger.roster.models import User


def write_scope(kind: Kind) -> str:
    """The scope that lets a token send records of a kind; one for each, so that who may send transactions may not change the roster."""
    return f"{kind.code}:write"


# Asking whether somebody may still do business; sends nothing.
CHECK_SCOPE = "breakers:check"
# What may be read, as the person the token names sees it.
READ_SCOPES = ALERTS_SCOPE, RULES_SCOPE, CHECKLIST_SCOPE = ("alerts:read", "rules:read", "checklist:read")
WRITE_SCOPES = tuple(write_scope(kind) for kind in KINDS.values())
SCOPES = (*WRITE_SCOPES, CHECK_SCOPE, *READ_SCOPES)
NOTED_EVERY = timedelta(minutes=1)


@database.atomic
def add_token(*, name: str, source: str, scopes: Sequence[str], reader: str = "", created_by: str = "") -> tuple[ApiToken, str]:
    """A new token and its secret, which is nowhere else: who loses it needs another token.

    `reader`: the account as which it reads, needed for READ_SCOPES and for no other. Raises BadInput for a name, source, scope or reader
    that cannot be, Conflict for a name that is taken, by a revoked token too.
    """
    check_source(source)
    if not name or len(name) > 60 or not name.isprintable():
        raise BadInput(_("“%(name)s” cannot name a token: 1 to 60 printable characters.") % {"name": name})
    for scope in scopes:
        if scope not in SCOPES:
            raise BadInput(_("There is no scope “%(scope)s”; it is one of: %(scopes)s.") % {"scope": scope, "scopes": ", ".join(SCOPES)})
    if not scopes:
        raise BadInput(_("A token needs a scope: %(scopes)s.") % {"scopes": ", ".join(SCOPES)})
    person = _reader(reader, scopes)
    if ApiToken.objects.filter(name=name).exists():
        raise Conflict(_("There is a token “%(name)s” already; choose another name.") % {"name": name})
    secret = f"mj_{secrets.token_urlsafe(32)}"
    chosen = sorted(set(scopes))
    given = {"name": name, "source": source, "scopes": chosen, "created_by": created_by}
    token = ApiToken.objects.create(**given, reader=person, digest=_digest(secret))
    record("token.added", target=name, source=source, scopes=chosen, by=created_by, reader=person.username if person else "")
    return token, secret


def _reader(username: str, scopes: Sequence[str]) -> User | None:
    """The account as which a token reads: of somebody on the roster, because nobody else can be recused."""
    if not set(scopes) & set(READ_SCOPES):
        if username:
            raise BadInput(_("A token that reads nothing needs nobody to read as."))
        return None
    if not username:
        raise BadInput(_("A token that reads needs an account whose sight it has."))
    person = User.objects.filter(username=username, is_active=True).exclude(staff=None).first()
    if person is None:
        raise BadInput(_("There is no account “%(name)s” in use of somebody on the roster.") % {"name": username})
    return person


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
