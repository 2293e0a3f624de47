"""Screens: made for a unit by a system admin, known again by their secret, revoked. Whoever loses a secret makes another screen."""

import secrets
from datetime import date, timedelta
from hashlib import sha256
from ipaddress import ip_address

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.audit.services import record
from ledger.kit.days import today
from ledger.kit.errors import BadInput, Conflict, NotFound
from ledger.roster.accounts import User
from ledger.roster.models import Unit
from oversight.wall.models import DisplayToken
from oversight.wall.queries import FEWEST_PEOPLE, people_below, screens_of, units_for_screens
from risk.alerts.numbers import random_number

LONGEST = timedelta(days=400)
NOTED_EVERY = timedelta(minutes=1)
NAME_LENGTH = 60


@transaction.atomic
def add_screen(
    *, name: str, unit_code: str, valid_until: date, actor: User, pinned_to: str = "", address: str = ""
) -> tuple[DisplayToken, str]:
    """A new screen and its secret, which is nowhere else. `pinned_to`: the only address it may come from, empty for any.

    Raises BadInput for a name, unit, day or address that cannot be, Conflict for a name that is taken, by a revoked screen too.
    """
    name = name.strip()
    if not name or len(name) > NAME_LENGTH or not name.isprintable():
        raise BadInput(_("Give the screen a name of 1 to 60 characters, for example where it hangs."))
    unit = units_for_screens(actor).filter(code=unit_code).first()
    if unit is None:
        raise BadInput(_("Choose the unit from the list."))
    _many_enough(unit)
    if not today() <= valid_until <= today() + LONGEST:
        raise BadInput(_("A screen is valid for %(days)d days at most, and not into the past.") % {"days": LONGEST.days})
    if DisplayToken.objects.filter(name=name).exists():
        raise Conflict(_("There is a screen “%(name)s” already; choose another name.") % {"name": name})
    now, secret = timezone.now(), f"mjs_{secrets.token_urlsafe(32)}"
    screen = DisplayToken.objects.create(
        number=random_number("DP", now),
        name=name,
        unit=unit,
        digest=digest_of(secret),
        address=_checked_address(pinned_to),
        valid_until=valid_until,
        created_by=actor,
        created_at=now,
    )
    record("screen.added", actor=actor, target=screen.number, address=address, name=name, unit=unit.code, until=f"{valid_until}")
    return screen, secret


@transaction.atomic
def revoke_screen(*, number: str, actor: User, address: str = "") -> DisplayToken:
    """End a screen; it goes dark with its next poll. Raises NotFound for one this admin does not keep, or that has ended already."""
    screen = screens_of(actor).select_for_update(of=("self",)).filter(number=number, revoked_at=None).first()
    if screen is None:
        raise NotFound(_("There is no screen %(number)s in force that you keep.") % {"number": number})
    screen.revoked_at, screen.revoked_by = timezone.now(), actor
    screen.save(update_fields=["revoked_at", "revoked_by"])
    record("screen.revoked", actor=actor, target=number, address=address, name=screen.name)
    return screen


@transaction.atomic
def connect_screen(*, secret: str, address: str) -> DisplayToken | None:
    """A screen shows its secret for the first time in this browser; None when it opens nothing. Both are audited."""
    screen = screen_of(secret, address)
    if screen is None:
        known = DisplayToken.objects.filter(digest=digest_of(secret)).values_list("number", flat=True).first()
        record("screen.refused", target=known or "", address=address)
        return None
    record("screen.connected", target=screen.number, address=address, name=screen.name)
    return screen


def screen_of(secret: str, address: str) -> DisplayToken | None:
    """The screen in force with this secret, if it may come from this address."""
    if not secret:
        return None
    found = DisplayToken.objects.filter(digest=digest_of(secret), revoked_at=None, valid_until__gte=today()).select_related("unit").first()
    return found if found is not None and found.address in (None, address) else None


def note_seen(screen: DisplayToken, address: str) -> None:
    """Keep when and from where a screen was last seen, to the minute."""
    now = timezone.now()
    if screen.last_seen_at and now - screen.last_seen_at < NOTED_EVERY and screen.last_address == address:
        return
    stale = Q(last_seen_at=None) | Q(last_seen_at__lt=now - NOTED_EVERY) | ~Q(last_address=address)
    DisplayToken.objects.filter(stale, pk=screen.pk).update(last_seen_at=now, last_address=address)


def digest_of(secret: str) -> str:
    return sha256(secret.encode("utf-8", errors="replace")).hexdigest()


def _many_enough(unit: Unit) -> None:
    """Numbers of a handful of people are about somebody."""
    if people_below(unit.path) < FEWEST_PEOPLE:
        message = _("%(unit)s has fewer than %(number)d people: its figures would point at somebody. Choose a unit above it.")
        raise BadInput(message % {"unit": unit.name, "number": FEWEST_PEOPLE})


def _checked_address(text: str) -> str | None:
    try:
        return str(ip_address(text.strip())) if text.strip() else None
    except ValueError:
        raise BadInput(_("“%(text)s” is no network address; write it like 10.0.8.21, or leave it empty.") % {"text": text}) from None
