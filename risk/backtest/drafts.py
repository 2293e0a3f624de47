"""A rule as it might be: the version in force with some of its settings changed, checked as strictly as a shipped rule."""

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from django.utils.translation import gettext as _

from ledger.kit.errors import BadInput, NotFound
from risk.detectors.base import LEVELS
from risk.detectors.registry import detectors
from risk.rules.drafts.queries import version_entry
from risk.rules.entries import Entry, Refused, check
from risk.rules.models import RuleVersion
from risk.rules.queries import version_on

NONE = "none"
WHOLE = ("window_days", "min_n")


def version_in_force(rule_code: str) -> RuleVersion:
    """The version of a rule in force today, whatever its mode. Raises NotFound, also for a rule that begins later."""
    version = version_on(rule_code)
    if version is None:
        raise NotFound(_("There is no rule %(codes)s; the codes are those of the rule list.") % {"codes": rule_code})
    return version


def draft_of(version: RuleVersion, changes: Mapping[str, str]) -> Entry:
    """The version with `changes`: settings by name to their new value as text.

    Names: a parameter of the detector; `thresholds.<level>` (a number, or "none" to drop the level); `window_days`, `min_n`, `op`. Values
    of parameters are JSON, or plain text where they are no JSON. Raises BadInput naming the setting and what is possible.
    """
    draft = version_entry(version)
    for name, text in changes.items():
        draft = _changed(draft, name, text)
    try:
        check(draft)
    except Refused as error:
        raise BadInput(
            _("%(rule)s cannot be set so: %(reason)s") % {"rule": draft.code, "reason": f"{error.field}: {error.told}"}
        ) from error
    return draft


def _changed(draft: Entry, name: str, text: str) -> Entry:
    head, _dot, level = name.partition(".")
    params = [one.name for one in fields(detectors()[draft.detector].Params)]
    if head == "thresholds" and level in LEVELS:
        kept = {key: number for key, number in draft.thresholds.items() if key != level}
        return replace(draft, thresholds=kept if text == NONE else kept | {level: _number(name, text)})
    if name in WHOLE:
        whole: dict[str, Any] = {name: int(text) if text.isascii() and text.isdigit() else 0}  # 0 is refused by the checks
        return replace(draft, **whole)
    if name == "op":
        return replace(draft, op=text)
    if name in params:
        return replace(draft, params={**draft.params, name: _plain(text)})
    known = ", ".join([*params, *(f"thresholds.{one}" for one in LEVELS), *WHOLE, "op"])
    raise BadInput(_("%(rule)s has no setting %(name)s; there are: %(known)s.") % {"rule": draft.code, "name": name, "known": known})


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise BadInput(_("%(name)s “%(value)s” is not a number.") % {"name": name, "value": text}) from error


def _plain(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
