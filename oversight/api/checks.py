"""POST /api/v1/breakers/check: may this agency, unit, post, person or terminal still do business?"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ledger.holds.models import Effect, Hold, SubjectKind
from ledger.holds.queries import Question, Verdict, verdicts
from ledger.intake.reading import values
from ledger.intake.reading.masks import mask_staff
from ledger.intake.reading.reasons import Fault, sentence
from ledger.intake.records import read_records
from ledger.intake.tokens import CHECK_SCOPE, note_use
from ledger.journal.canonical import moment_of
from ledger.kit.days import SHANGHAI
from ledger.kit.errors import BadInput
from oversight.api.check_schema import ACTIONS, BODY, CODE_LENGTH, MOST_QUESTIONS
from oversight.api.rates import spend_records
from oversight.api.schema import RETRY_AFTER, ref
from oversight.api.telling import LANGUAGES, told_time

NAMES = frozenset({"subject_kind", "subject_code", "at", "action"})
REFUSALS = {
    400: "The body is no question and no list of questions, or one of them cannot be understood; nothing is answered.",
    401: "No token, or one that is not known or was revoked.",
    403: "The token lacks the scope.",
    413: "More than 100 questions, or too many bytes.",
    415: "The body is not application/json.",
    429: "Too many calls or questions this minute; Retry-After says when to go on.",
    503: "The database is busy or away; send the same call again after Retry-After.",
}
_CODE = values.Code(CODE_LENGTH)


class CheckView(APIView):
    """Reads holds and writes nothing but when the token was last used: business systems ask before every item they take."""

    http_method_names = ["post"]
    scope = CHECK_SCOPE

    @extend_schema(
        operation_id="check_breakers",
        summary="Ask whether somebody may still do business, or up to 100 at once",
        description="Answered from the holds of suspensions and breakers. A code nobody knows is allowed: no hold stands upon it.",
        tags=["breakers"],
        parameters=[RETRY_AFTER],
        request={"application/json": BODY},
        responses={200: ref("check_answer"), **{code: OpenApiResponse(ref("problem"), text) for code, text in REFUSALS.items()}},
    )
    def post(self, request: Request) -> Response:
        body = request.data
        if not isinstance(body, bytes):
            raise BadInput(_("The body is empty."))
        questions = read_questions(body, timezone.now())
        spend_records(request.auth, len(questions))
        note_use(request.auth)
        return Response({"results": told(verdicts(questions))})


def read_questions(body: bytes, now: datetime) -> list[Question]:
    """The questions of a call. Raises BadInput naming the first that cannot be understood, TooLarge for more than MOST_QUESTIONS."""
    found = []
    for number, record in enumerate(read_records(body, MOST_QUESTIONS), start=1):
        try:
            found.append(_question(record, now))
        except Fault as fault:
            problem = sentence(fault.reason, column=fault.column, detail=fault.detail)
            raise BadInput(_("Question %(number)d: %(problem)s") % {"number": number, "problem": problem}) from fault
        except ValueError as error:
            raise BadInput(_("Question %(number)d: %(problem)s") % {"number": number, "problem": error}) from error
    return found


def _question(record: Any, now: datetime) -> Question:
    """Raises Fault or ValueError with a sentence."""
    if not isinstance(record, dict) or not set(record) <= NAMES:
        raise ValueError(_("it is no object with the names subject_kind, subject_code, at and action alone."))
    given = {name: value for name, value in record.items() if value is not None}
    if not all(isinstance(value, str) for value in given.values()):
        raise ValueError(_("every value is a text, codes too."))
    kind, action = given.get("subject_kind", ""), given.get("action")
    if kind not in SubjectKind.values:
        raise ValueError(_("subject_kind is one of: %(kinds)s.") % {"kinds": ", ".join(SubjectKind.values)})
    if action is not None and action not in ACTIONS:
        raise ValueError(_("action is one of: %(actions)s.") % {"actions": ", ".join(ACTIONS)})
    code = _read(_CODE, "subject_code", given.get("subject_code", ""))
    if not code:
        raise ValueError(_("subject_code is empty."))
    at = moment_of(_read(values.moment, "at", given["at"])) if "at" in given else now
    return Question(kind, code, at, action or "")


def _read(read: values.Reader, column: str, value: str) -> str:
    try:
        return str(read(value))
    except Fault as fault:
        fault.column = column
        raise


def told(found: Sequence[Verdict]) -> list[dict[str, Any]]:
    """The answers, each with a sentence in both languages, whatever the caller's own is."""
    sentences: dict[str, list[str]] = {}
    for short, language in LANGUAGES.items():
        with translation.override(language):
            sentences[short] = [_sentence(verdict) for verdict in found]
    return [
        _result(verdict) | {"message": {short: said[place] for short, said in sentences.items()}} for place, verdict in enumerate(found)
    ]


def _result(verdict: Verdict) -> dict[str, Any]:
    asked = verdict.question
    return {
        "subject_kind": asked.subject_kind,
        "subject_code": mask_staff(asked.subject_code) if asked.subject_kind == SubjectKind.STAFF else asked.subject_code,
        "action": asked.action,
        "at": told_time(asked.at),
        "allowed": verdict.allowed,
        "until": told_time(verdict.until) if verdict.until else None,
        "holds": [_hold(hold) for hold in verdict.holds],
    }


def _hold(hold: Hold) -> dict[str, Any]:
    return {
        "number": hold.number,
        "effect": hold.effect,
        "cause": hold.cause,
        "cause_number": hold.cause_number,
        "since": told_time(hold.starts_at),
        "until": told_time(hold.ends_at) if hold.ends_at else None,
    }


def _sentence(verdict: Verdict) -> str:
    if verdict.allowed:
        return _("No hold stands in the way.")
    facts = {
        "effects": _(", ").join(dict.fromkeys(str(Effect(hold.effect).label) for hold in verdict.holds)),
        "numbers": _(", ").join(dict.fromkeys(hold.cause_number for hold in verdict.holds)),
    }
    if verdict.until is None:
        return _("On hold until it is lifted: %(effects)s (%(numbers)s).") % facts
    facts["until"] = f"{verdict.until.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    return _("On hold until %(until)s: %(effects)s (%(numbers)s).") % facts
