"""What a person sees when something does not go: no access, not found, a refused input, a fault with its number."""

import logging
import secrets

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from ledger.kit.days import today
from ledger.kit.errors import MingjingError, NotAllowed, NotFound
from ledger.roster.accounts import Role, User

log = logging.getLogger(__name__)


def granters() -> list[str]:
    """The names of those who can grant access: the security admins of today."""
    day = today()
    in_force = Q(grants__role=Role.SECURITY_ADMIN, grants__valid_from__lte=day)
    unended = Q(grants__valid_until=None) | Q(grants__valid_until__gte=day)
    return [str(user) for user in User.objects.filter(in_force & unended, is_active=True).distinct().order_by("name")]


def no_access(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403.html", {"granters": granters(), "reason": reason}, status=403)


def told(request: HttpRequest, error: MingjingError) -> HttpResponse:
    """The page of an error that was raised to be told."""
    if isinstance(error, NotAllowed):
        return no_access(request, str(error))
    if isinstance(error, NotFound):
        return render(request, "404.html", {"reason": str(error)}, status=404)
    return render(request, "400.html", {"reason": str(error)}, status=error.status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return no_access(request)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """A fault of ours: the log keeps it under the number the person reads out."""
    error_id = secrets.token_hex(4).upper()
    log.error("fault %s at %s %s", error_id, request.method, request.path, exc_info=True)
    # Without the request: its context asks the database, which may be what is broken.
    return HttpResponse(render_to_string("500.html", {"error_id": error_id}), status=500)
