"""The REST API: what other systems send, one address for each kind of record."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ledger.intake.calls import read_call, take_call
from ledger.intake.reading.kinds import Kind
from ledger.intake.tokens import write_scope
from ledger.kit.errors import BadInput
from oversight import doorbell
from oversight.access import address_of
from oversight.api.rates import spend_records
from oversight.api.schema import IDEMPOTENCY_KEY, RETRY_AFTER, body_of, ref

REFUSALS = {
    400: "The body is no record and no list of records, or the Idempotency-Key cannot be used.",
    401: "No token, or one that is not known or was revoked.",
    403: "The token lacks the scope.",
    409: "The Idempotency-Key was used for another body or kind.",
    413: "Too many records, values or bytes.",
    415: "The body is not application/json.",
    429: "Too many calls or records this minute; Retry-After says when to go on.",
    503: "The database is busy or away; nothing was taken, send the same call again after Retry-After.",
}


class RecordsView(APIView):
    """Records of one kind in: checked, answered and kept as those of a file are."""

    http_method_names = ["post"]
    kind: Kind
    scope: str

    def post(self, request: Request) -> Response:
        body = request.data
        if not isinstance(body, bytes):
            raise BadInput(_("The body is empty."))
        call = read_call(self.kind, body)
        spend_records(request.auth, len(call.records))
        key = request.headers.get("Idempotency-Key")
        answered = take_call(token=request.auth, kind=self.kind, call=call, key=key, address=address_of(request))
        if answered.changed:
            doorbell.ring()
        return Response(answered.answer)


def view_of(kind: Kind) -> Any:
    """The view that takes records of a kind, with its part of the OpenAPI schema."""
    described = extend_schema(
        operation_id=f"send_{kind.code}",
        summary=f"Send one of {kind.code} {kind.chinese}, or a list of them",
        description="Every record is answered in its order. A rejected record lies in the quarantine and stops none of the others.",
        tags=[kind.code],
        parameters=[IDEMPOTENCY_KEY, RETRY_AFTER],
        request={"application/json": body_of(kind)},
        responses={200: ref(f"{kind.code}_answer"), **{code: OpenApiResponse(ref("problem"), text) for code, text in REFUSALS.items()}},
    )
    view: Any = type(f"{kind.code.title()}View", (RecordsView,), {"kind": kind, "scope": write_scope(kind)})
    return extend_schema_view(post=described)(view).as_view()
