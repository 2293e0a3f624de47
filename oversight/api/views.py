"""The REST API: what other systems send and ask."""

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ledger.intake.calls import take_call
from ledger.intake.tokens import WRITE_TRANSACTIONS
from ledger.kit.errors import BadInput
from oversight import doorbell
from oversight.access import address_of
from oversight.api.schema import IDEMPOTENCY_KEY, transactions_body
from oversight.api.serializers import AnswerSerializer, ProblemSerializer

REFUSALS = {
    400: "The body is no record and no list of records, or the Idempotency-Key cannot be used.",
    401: "No token, or one that is not known or was revoked.",
    403: "The token lacks the scope.",
    409: "The Idempotency-Key was used for another body.",
    413: "Too many records or bytes.",
    415: "The body is not application/json.",
    429: "Too many calls; Retry-After says when to go on.",
}


class TransactionsView(APIView):
    """Transactions in: checked, answered and kept as those of a file are."""

    http_method_names = ["post"]
    scope = WRITE_TRANSACTIONS

    @extend_schema(
        operation_id="send_transactions",
        summary="Send one transaction or a list of them",
        description="Every record is answered in its order. A rejected record lies in the quarantine and stops none of the others.",
        parameters=[IDEMPOTENCY_KEY],
        request={"application/json": transactions_body()},
        responses={200: AnswerSerializer, **{code: OpenApiResponse(ProblemSerializer, text) for code, text in REFUSALS.items()}},
    )
    def post(self, request: Request) -> Response:
        body = request.data
        if not isinstance(body, bytes):
            raise BadInput(_("The body is empty."))
        key = request.headers.get("Idempotency-Key")
        answered = take_call(token=request.auth, body=body, key=key, address=address_of(request))
        if answered.changed:
            doorbell.ring()
        return Response(answered.answer)
