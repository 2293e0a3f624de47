"""GET /api/v1/alerts/ and one of them: what the person as whom a token reads may see, with nobody shown by name or number."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

from django.core.signing import BadSignature, Signer
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from ledger.intake.models import ApiToken
from ledger.intake.reading import values
from ledger.intake.tokens import ALERTS_SCOPE
from ledger.kit.days import day_start
from ledger.kit.errors import BadInput
from ledger.kit.masking import mask_name, mask_staff_no
from oversight.api.rates import spend_records
from oversight.api.read_schema import MOST_EVIDENCE, SUBJECTS
from oversight.api.reading import NOT_FOUND, Read, ReadingView, coded, described, line_values, one_of, parameter, whole
from oversight.api.schema import RETRY_AFTER
from oversight.api.telling import in_both, told_time
from oversight.center.orders import order
from oversight.center.presenters.alerts import seen
from oversight.center.presenters.rows import said
from oversight.center.presenters.subjects import Names, Subject
from risk.alerts.models import Alert
from risk.frames import base
from risk.rules.models import LEVELS

MOST, USUAL = 200, 50
NEWEST_FIRST = order("time")
DAY: dict[str, Any] = {"type": "string", "pattern": f"^{values.DATE.pattern}$"}
CODE: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 80}


class AlertsView(ReadingView):
    """One page of the alerts that fit, newest first."""

    scope, page = ALERTS_SCOPE, "center:alerts"
    covered = frozenset({"subject_code", "cursor"})
    asked: ClassVar[Mapping[str, Read]] = {
        "level": one_of(*LEVELS),
        "status": one_of(*Alert.Status.values),
        "line": values.OneOf(line_values),
        "unit": coded(40),
        "rule": coded(20),
        "subject_kind": one_of(*SUBJECTS),
        "subject_code": coded(80),
        "from": values.day,
        "to": values.day,
        "backdated": values.flag,
        "limit": whole(1, MOST),
        "cursor": coded(200),
    }

    @extend_schema(
        **described(
            "list_alerts",
            "Alerts that fit, newest first, by pages",
            "Without those the person as whom the token reads may not see or is recused from.",
            "alert_list",
            tag="alerts",
        ),
        parameters=[
            parameter("level", {"type": "string", "enum": LEVELS}, "Blue, yellow, orange or red."),
            parameter("status", {"type": "string", "enum": Alert.Status.values}, "As in the export."),
            parameter("line", {"type": "string", "enum": [*line_values()]}, "The line of its rule."),
            parameter("unit", CODE | {"maxLength": 40}, "The code of the unit of the event."),
            parameter("rule", CODE | {"maxLength": 20}, "The code of the rule."),
            parameter("subject_kind", {"type": "string", "enum": [*SUBJECTS]}, "Whom it is about; needed with subject_code."),
            parameter("subject_code", CODE, "The code of whom it is about, whole."),
            parameter("from", DAY, "Raised on that day or later."),
            parameter("to", DAY, "Raised on that day or earlier."),
            parameter("backdated", {"type": "string", "enum": ["0", "1"]}, "1: only those found in old rows (倒查); 0: none of them."),
            parameter("limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}, "At most so many."),
            parameter("cursor", CODE | {"maxLength": 200}, "`next` of the page before, with the same other parameters."),
            RETRY_AFTER,
        ],
    )
    def get(self, request: Request) -> Response:
        given = dict(self.given)
        limit, cursor = given.pop("limit", USUAL), given.pop("cursor", "")
        rows = NEWEST_FIRST.sorted(_fitting(self.viewer.alerts, given))
        if cursor:
            last = _last(request.auth, cursor)
            # The bound lets the index be entered where the page begins; the condition alone is asked of every alert before it.
            rows = rows.filter(NEWEST_FIRST.after(last), raised_at__lte=last.raised_at)
        found = list(rows.select_related("rule", "rule_version", "unit", "matter")[: limit + 1])
        page = found[:limit]
        spend_records(request.auth, len(page))
        following = _signer(request.auth).sign(page[-1].number) if len(found) > limit else None
        asked = {name: str(value) for name, value in given.items()}
        return self.answer(request, "api.alerts_listed", {"alerts": told(page), "next": following}, filters=asked, found=len(page))


class AlertView(ReadingView):
    """One alert with its evidence by name and what became of it."""

    scope, page = ALERTS_SCOPE, "center:alerts"

    @extend_schema(
        **described(
            "get_alert",
            "One alert with the records it rests on and what became of it",
            "Unknown and hidden ones are answered alike.",
            "alert_detail",
            tag="alerts",
            more={404: NOT_FOUND},
        ),
        parameters=[RETRY_AFTER],
    )
    def get(self, request: Request, number: str) -> Response:
        if len(number) > 40 or values.has_control(number):
            raise BadInput(_("“%(number)s” is no number of an alert.") % {"number": number[:40]})
        alert = seen(number, self.viewer)
        spend_records(request.auth, 1)
        (facts,) = told([alert])
        facts |= {"evidence": _evidence(alert), "events": _events(alert)}
        return self.answer(request, "api.alert_read", facts, target=alert.number)


def _fitting(alerts: QuerySet[Alert], given: Mapping[str, Any]) -> QuerySet[Alert]:
    """The alerts that answer to every filter. Raises BadInput for a code without its kind."""
    if "subject_code" in given and "subject_kind" not in given:
        raise BadInput(_("subject_code needs subject_kind."))
    names = {"unit": "unit__code", "rule": "rule__code"}
    wanted = {names.get(name, name): value for name, value in given.items() if name not in ("from", "to")}
    found = alerts.filter(**wanted)
    if "from" in given:
        found = found.filter(raised_at__gte=day_start(given["from"]))
    return found.filter(raised_at__lt=day_start(given["to"] + timedelta(days=1))) if "to" in given else found


def _signer(token: ApiToken) -> Signer:
    """Cursors name an alert, so nobody makes one to try whether there is such an alert."""
    return Signer(salt=f"api-alerts:{token.digest}")


def _last(token: ApiToken, cursor: str) -> Alert:
    """Where the page before ended, whether or not that alert is still seen. Raises BadInput."""
    try:
        return Alert.objects.get(number=_signer(token).unsign(cursor))
    except (BadSignature, Alert.DoesNotExist) as error:
        raise BadInput(_("The cursor is none that this token was given.")) from error


def told(alerts: Iterable[Alert]) -> list[dict[str, Any]]:
    """The alerts as the answer tells them; read with rule, version, unit and matter."""
    found = list(alerts)
    names = Names.of(found)
    return [_told(alert, names) for alert in found]


def _told(alert: Alert, names: Names) -> dict[str, Any]:
    version, subject = alert.rule_version, _covered(alert, names)
    return {
        "number": alert.number,
        "matter": alert.matter.number,
        "rule": alert.rule.code,
        "rule_version": version.number,
        "title": {"zh": version.title_zh, "en": version.title_en},
        "sentence": in_both(lambda: said(alert, _covered(alert, names))),
        "checklist_item": version.checklist_item,
        "line": alert.line,
        "level": alert.level,
        "status": alert.status,
        "outcome": alert.outcome,
        "subject_kind": alert.subject_kind,
        "subject_code": _code(alert, subject),
        "subject_name": subject.text,
        "unit": alert.unit.code if alert.unit else "",
        **{name: told_time(getattr(alert, name)) for name in ("first_at", "last_at", "raised_at", "updated_at")},
        "due_at": told_time(alert.due_at) if alert.due_at else None,
        "observed": alert.observed,
        "threshold": alert.threshold,
        "hits": alert.hit_count,
        "evidence_count": alert.evidence_count,
        "backdated": alert.backdated,
    }


def _covered(alert: Alert, names: Names) -> Subject:
    """The subject in words, of people only the first character: answers lie in other systems' logs."""
    found = names.subject(alert)
    if alert.subject_kind == "staff" and alert.subject_code in names.staff:
        found = replace(found, text=mask_name(found.text))
    known = names.staff.get(str(alert.numbers.get("counterpart", "")))
    return replace(found, counterpart=mask_name(known.name)) if known and found.counterpart == known.name else found


def _code(alert: Alert, subject: Subject) -> str:
    if alert.subject_kind == "staff":
        return mask_staff_no(alert.subject_code)
    # Of people and vehicles outside the force the words are the covered code itself.
    return subject.text if alert.subject_kind in ("agent", "person", "vehicle") else alert.subject_code


def _evidence(alert: Alert) -> list[str]:
    """The records it rests on by name, people among them covered."""
    ids = list(alert.evidence.order_by("row_id").values_list("row_id", flat=True)[:MOST_EVIDENCE])
    return [_record(name) for name in base(alert.rule.frame).names(ids)[:MOST_EVIDENCE]]


def _record(name: str) -> str:
    """A posting is named by its person."""
    if not name.startswith("posting:"):
        return name
    person, mark, rest = name.removeprefix("posting:").partition("/")
    return f"posting:{mask_staff_no(person)}{mark}{rest}"


def _events(alert: Alert) -> list[dict[str, str]]:
    return [{"kind": kind, "at": told_time(at)} for kind, at in alert.events.order_by("id").values_list("kind", "at")]
