"""Every refusal as one JSON object: a stable code and a sentence."""

import logging
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException, Throttled
from rest_framework.response import Response
from rest_framework.views import exception_handler

from ledger.audit.services import record
from ledger.intake.models import ApiToken
from ledger.kit.errors import MingjingError
from oversight.access import address_of

RETRY_SECONDS = 5
log = logging.getLogger(__name__)


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to a refused call; None for a fault of ours, which is logged and answered as every other.

    What a known token was refused is written down, except for calls beyond its rate, which would fill the trail, and while the database
    is away, which could not keep it.
    """
    if isinstance(error, OperationalError | InterfaceError):
        return _unavailable(error, context)
    if isinstance(error, MingjingError):
        answer = Response({"code": error.code, "message": str(error)}, status=error.status)
    elif isinstance(error, APIException | Http404):
        answer = exception_handler(error, context)
        detail = getattr(error, "detail", None)
        answer.data = {"code": getattr(detail, "code", "not_found"), "message": str(detail or error)}
    else:
        return None
    token = getattr(context["request"], "auth", None)
    if isinstance(token, ApiToken) and not isinstance(error, Throttled):
        try:
            _note(token, answer.data["code"], context)
        except (OperationalError, InterfaceError) as fault:
            return _unavailable(fault, context)
    return answer


def _note(token: ApiToken, reason: str, context: dict[str, Any]) -> None:
    request = context["request"]
    record("api.refused", target=request.path[:150], address=address_of(request), token=token.name, source=token.source, reason=reason)


def _unavailable(error: Exception, context: dict[str, Any]) -> Response:
    """The database is away, or busy for longer than a call waits: nothing was taken, and the same call may come again."""
    log.error("%s %s: the database does not answer", context["request"].method, context["request"].path, exc_info=error)
    told = {"code": "unavailable", "message": _("The database is busy or away and nothing was taken; send the same call again.")}
    return Response(told, status=503, headers={"Retry-After": str(RETRY_SECONDS)})
