"""GET /api/v1/rules/ and /checklist/: by what is judged, as published."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from ledger.intake.reading import values
from ledger.intake.tokens import CHECKLIST_SCOPE, RULES_SCOPE
from ledger.kit.errors import NotFound
from oversight.api.reading import Read, ReadingView, coded, described, line_values, one_of, parameter, whole
from oversight.api.schema import RETRY_AFTER
from oversight.api.telling import told_time
from risk.checklist.contents import contents_of
from risk.checklist.models import ChecklistItem, ChecklistVersion
from risk.checklist.queries import version_at
from risk.rules.models import RuleVersion
from risk.rules.queries import versions_on

LAST_VERSION = 999_999_999


LINE = parameter("line", {"type": "string", "enum": [*line_values()]}, "A business line, or common.")


class RulesView(ReadingView):
    """Every rule in its version of today."""

    scope, page = RULES_SCOPE, "rules:rules"
    asked: ClassVar[Mapping[str, Read]] = {"line": values.OneOf(line_values), "mode": one_of(*RuleVersion.Mode.values)}

    @extend_schema(
        **described(
            "list_rules", "The rules in their versions of today", "All at once; drafts are not among them.", "rule_list", tag="rules"
        ),
        parameters=[
            LINE,
            parameter("mode", {"type": "string", "enum": RuleVersion.Mode.values}, "Live, in shadow, or off."),
            RETRY_AFTER,
        ],
    )
    def get(self, request: Request) -> Response:
        names = {"line": "rule__line"}
        wanted = {names.get(name, name): value for name, value in self.given.items()}
        rules = [_rule(version) for version in versions_on().filter(**wanted)]
        return self.answer(request, "api.rules_read", {"rules": rules}, filters=self.given, found=len(rules))


def _rule(version: RuleVersion) -> dict[str, Any]:
    same = ("mode", "lines", "detector", "window_days", "min_n", "op", "unit", "thresholds", "params", "checklist_item", "basis")
    return {
        "code": version.rule.code,
        "version": version.number,
        "title": {"zh": version.title_zh, "en": version.title_en},
        "line": version.rule.line,
        "subject_kind": version.rule.subject_kind,
        "effective_from": version.effective_from.isoformat(),
        **{name: getattr(version, name) for name in same},
    }


class ChecklistView(ReadingView):
    """The checklist in force, or another published version of it."""

    scope, page = CHECKLIST_SCOPE, "checklist:items"
    asked: ClassVar[Mapping[str, Read]] = {
        "version": whole(1, LAST_VERSION),
        "line": values.OneOf(line_values),
        "level": one_of(*ChecklistItem.Level.values),
        "post": coded(60),
    }

    @extend_schema(
        **described(
            "get_checklist",
            "The risk checklist in force, or a version of it",
            "All its items at once, in their order; drafts are told to nobody.",
            "checklist",
            tag="checklist",
            more={404: "There is no such version, or no checklist yet."},
        ),
        parameters=[
            parameter("version", {"type": "integer", "minimum": 1, "maximum": LAST_VERSION}, "Default: the one in force."),
            LINE,
            parameter("level", {"type": "string", "enum": ChecklistItem.Level.values}, "The risk of the item, no level of an alert."),
            parameter("post", {"type": "string", "minLength": 1, "maxLength": 60}, "The post as the checklist names it."),
            RETRY_AFTER,
        ],
    )
    def get(self, request: Request) -> Response:
        wanted = dict(self.given)
        number = wanted.pop("version", None)
        version = version_at(timezone.now()) if number is None else ChecklistVersion.objects.filter(number=number).first()
        if version is None:
            raise NotFound(_("There is no such version of the checklist."))
        entries = [entry for entry in contents_of(version).entries if all(getattr(entry, name) == value for name, value in wanted.items())]
        told = {"version": version.number, "effective_from": told_time(version.effective_from), "digest": version.digest}
        items = [asdict(entry) | {"rules": list(entry.rules)} for entry in entries]
        return self.answer(request, "api.checklist_read", told | {"items": items}, target=f"{version.number}", filters=wanted)
