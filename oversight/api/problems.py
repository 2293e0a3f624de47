"""Every refusal as one JSON object: a stable code and a sentence."""

from typing import Any

from django.http import Http404
from rest_framework.exceptions import APIException, Throttled
from rest_framework.response import Response
from rest_framework.views import exception_handler

from ledger.audit.services import record
from ledger.intake.models import ApiToken
from ledger.kit.errors import MingjingError
from oversight.access import address_of


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to a refused call; None for a fault of ours, which is logged and answered as every other.

    What a known token was refused is written down, except for calls beyond its rate: those would fill the trail.
    """
    if isinstance(error, MingjingError):
        answer = Response({"code": error.code, "message": str(error)}, status=error.status)
    elif isinstance(error, APIException | Http404):
        answer = exception_handler(error, context)
        detail = getattr(error, "detail", None)
        answer.data = {"code": getattr(detail, "code", "not_found"), "message": str(detail or error)}
    else:
        return None
    request = context["request"]
    token = getattr(request, "auth", None)
    if isinstance(token, ApiToken) and not isinstance(error, Throttled):
        reason = answer.data["code"]
        record("api.refused", target=request.path[:150], address=address_of(request), token=token.name, source=token.source, reason=reason)
    return answer
