"""What other systems read: as the person the token names sees it, with what is asked for checked and every reading written down."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ledger.audit.services import record
from ledger.intake.reading import values
from ledger.intake.reading.reasons import Fault, sentence
from ledger.intake.tokens import note_use
from ledger.kit.errors import BadInput
from ledger.lines import lines
from oversight.access import address_of, opens
from oversight.api.schema import Schema, ref
from oversight.viewer import Viewer

REFUSALS = {
    400: "A parameter is not known, stands twice or has a value it cannot have.",
    401: "No token, or one that is not known or was revoked.",
    403: "The token lacks the scope, or the person as whom it reads may not open this.",
    429: "Too many calls or records this minute; Retry-After says when to go on.",
    503: "The database is busy or away; send the same call again after Retry-After.",
}
COMMON = "common"
NOT_FOUND = "There is none of that number, or the person as whom the token reads may not see it."
Read = Callable[[str], Any]


class ReadingView(APIView):
    """What a person may read, told to a system.

    `page`: the page of the console that must be open to the person; `asked`: a reader for each parameter; `covered`: those whose value no
    refusal repeats.
    """

    http_method_names = ["get"]
    scope: str
    page: str
    asked: ClassVar[Mapping[str, Read]] = {}
    covered: ClassVar[frozenset[str]] = frozenset()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.viewer = viewer_of(request)
        if not opens(self.page, self.viewer.roles):
            raise PermissionDenied(_("The account as which the token “%(name)s” reads may not open this.") % {"name": request.auth.name})
        self.given = self._read(request)

    def _read(self, request: Request) -> dict[str, Any]:
        """The parameters that are given. Raises BadInput naming one that is unknown, stands twice or cannot be read."""
        found = {}
        for name, given in request.query_params.lists():
            if name not in self.asked:
                known = ", ".join(self.asked) or "–"
                raise BadInput(_("There is no parameter “%(name)s” here; there are: %(known)s.") % {"name": name[:60], "known": known})
            if len(given) > 1:
                raise BadInput(_("The parameter %(name)s stands twice.") % {"name": name})
            try:
                found[name] = self.asked[name](given[0])
            except Fault as fault:
                shown = "" if name in self.covered else given[0][:60]
                raise BadInput(sentence(fault.reason, column=name, value=shown, detail=fault.detail)) from fault
        return found

    def answer(self, request: Request, act: str, told: Mapping[str, Any], *, target: str = "", **detail: Any) -> Response:
        """The answer, written down as read by the token as its person, and kept by nobody on the way."""
        token = request.auth
        note_use(token)
        facts = {"token": token.name, "source": token.source, "reader": self.viewer.user.username, **detail}
        record(act, target=target, address=address_of(request), **facts)
        return Response(told, headers={"Cache-Control": "no-store"})


def viewer_of(request: Request) -> Viewer:
    """The person as whom the token reads, with the roles they hold today. Raises PermissionDenied where it names nobody."""
    if request.auth.reader is None:
        raise PermissionDenied(_("The token “%(name)s” names nobody as whom it reads.") % {"name": request.auth.name})
    return Viewer(request.auth.reader, address_of(request))


def described(operation: str, summary: str, description: str, component: str, *, tag: str, more: Mapping[int, str] | None = None) -> Any:
    """What extend_schema is told of an address that is read."""
    refusals = dict(sorted({**REFUSALS, **(more or {})}.items()))
    return {
        "operation_id": operation,
        "summary": summary,
        "description": description,
        "tags": [tag],
        "responses": {200: ref(component), **{code: OpenApiResponse(ref("problem"), text) for code, text in refusals.items()}},
    }


def parameter(name: str, form: Schema, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, form, OpenApiParameter.QUERY, description=description)


def line_values() -> tuple[str, ...]:
    """What rules and items say of their line."""
    return (*lines(), COMMON)


def one_of(*allowed: str) -> Read:
    """Exactly one of these. The reader raises Fault."""
    return values.OneOf(lambda: allowed)


def whole(least: int, most: int) -> Read:
    """A whole number between the two. The reader raises Fault."""

    def read(value: str) -> int:
        if not (value.isascii() and value.isdigit() and len(value) < 10 and least <= int(value) <= most):
            raise Fault("not_in_list", allowed=f"{least}–{most}")
        return int(value)

    return read


def coded(limit: int) -> Read:
    """A code as in files, not empty. The reader raises Fault."""
    code = values.Code(limit)

    def read(value: str) -> str:
        found = code(value)
        if not found:
            raise Fault("missing_value")
        return found

    return read
