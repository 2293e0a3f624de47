"""What a rule says, whoever wrote it: the shipped catalogue and people in the browser are checked by the same hand."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from math import isfinite
from string import Formatter
from typing import Any

from django.utils.translation import gettext, gettext_noop

from ledger.lines import lines
from risk.detectors.base import LEVELS, TRANSACTIONS, Spec
from risk.detectors.parts.params import ParamError, build
from risk.detectors.parts.shapes import has, shape
from risk.detectors.registry import detectors
from risk.frames import bases
from risk.rules.models import Rule, RuleVersion
from risk.rules.reach import reach_of

OPS = (">=", "<=")
UNITS = ("item", "%", "day", "workday", "hour", "minute", "second", "times", "person", "vehicle", "ratio", "point", "score", "visit")
NUMBERS = frozenset(
    {"subject", "observed", "threshold", "count", "total", "window", "distinct", "percent", "level"}
    | {"standardised", "expected", "expected_percent", "median", "lower", "upper", "peers", "ratio", "difference", "p", "q", "value"}
    | {"counterpart", "lift", "past", "cusum", "weeks", "mean", "size", "handlers", "counterparts", "excess", "closed"}
    | {"signals", "items", "rules"}
)
LONGEST_WINDOW = 400


class Refused(ValueError):
    """A rule that makes no sense. `field` is the part of the entry at fault, as thresholds or params.bucket.

    The exception says why in English, `told` in the language of the reader.
    """

    def __init__(self, field: str, reason: str, *, why: ParamError | None = None, **values: Any) -> None:
        super().__init__(reason % (values | ({"why": why.told()} if why else {})))
        self.field, self.reason, self.why, self.values = field, reason, why, values

    @property
    def told(self) -> str:
        return gettext(self.reason) % (self.values | ({"why": self.why.told(gettext)} if self.why else {}))


@dataclass(frozen=True)
class Entry:
    """One rule as shipped. `lines` empty: every line (common rules, and rules about records, which have none), else the line of its file
    unless stated. `frame`: where its rows come from."""

    code: str
    title_zh: str
    title_en: str
    detector: str
    subject_kind: str
    subject_column: str
    window_days: int
    merge_days: int
    unit: str
    thresholds: dict[str, float]
    sentence_zh: str
    sentence_en: str
    checklist_item: str
    why: str
    mode: str
    line: str = ""
    frame: str = TRANSACTIONS
    lines: tuple[str, ...] = ()
    scope: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    min_n: int = 1
    op: str = ">="
    params: dict[str, Any] = field(default_factory=dict)
    basis: str = ""
    mode_reason: str = ""

    @property
    def reach(self) -> str:
        """Whose rows a hit depends on, as its detector says."""
        return reach_of(self.spec())

    @property
    def content(self) -> dict[str, Any]:
        """Everything the entry says, as plain data; `entry_of` reads it back."""
        return {f.name: getattr(self, f.name) for f in fields(self)} | {
            "lines": list(self.lines),
            "scope": {name: list(allowed) for name, allowed in self.scope.items()},
        }

    @property
    def digest(self) -> str:
        """SHA-256 of everything the entry says."""
        content = {name: value for name, value in self.content.items() if name != "frame" or value != TRANSACTIONS}
        return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()

    def spec(self) -> Spec:
        return Spec(
            rule_code=self.code,
            detector=self.detector,
            subject_kind=self.subject_kind,
            subject_column=self.subject_column,
            lines=self.lines,
            scope=self.scope,
            window_days=self.window_days,
            min_n=self.min_n,
            op=self.op,
            thresholds=self.thresholds,
            params=build(detectors()[self.detector].Params, self.params),
            frame=self.frame,
        )


_VERSION_TEXTS = ("title_zh", "title_en", "sentence_zh", "sentence_en", "checklist_item", "basis", "mode_reason")
_WORDS = ("code", "line", "frame", "detector", "subject_kind", "subject_column", "unit", "op", "why", "mode", *_VERSION_TEXTS)
_KINDS: dict[str, tuple[type, ...]] = {
    "lines": (list, tuple),
    **dict.fromkeys(("window_days", "merge_days", "min_n"), (int,)),
    **dict.fromkeys(("thresholds", "scope", "params"), (dict,)),
    **dict.fromkeys(_WORDS, (str,)),
}


def entry_of(content: Mapping[str, Any]) -> Entry:
    """An entry from plain data. Raises Refused for a part that is unknown, missing or of the wrong type; `check` does the rest."""
    known = {f.name: f for f in fields(Entry)}
    for name in content:
        if name not in known:
            raise Refused(name, gettext_noop("unknown key %(name)s"), name=repr(name))
    for name, f in known.items():
        if name not in content and f.default is MISSING and f.default_factory is MISSING:
            raise Refused(name, gettext_noop("%(name)s is missing"), name=name)
    for name, value in content.items():
        if type(value) not in _KINDS[name]:
            raise Refused(name, gettext_noop("%(name)s cannot be %(value)s"), name=name, value=repr(value))
    scope = content.get("scope", {})
    if not all(
        isinstance(allowed, list | tuple) and all(isinstance(one, str | int | float) for one in allowed) for allowed in scope.values()
    ):
        raise Refused("scope", gettext_noop("every scope value is a list of texts and numbers"))
    return Entry(
        **{**content, "lines": tuple(content.get("lines", ())), "scope": {name: tuple(allowed) for name, allowed in scope.items()}}
    )


def check(entry: Entry) -> None:
    """Refuse a rule that makes no sense; Refused names the part. Also for rules written in the browser."""
    if entry.detector not in detectors():
        raise Refused(
            "detector",
            gettext_noop("there is no detector %(name)s; there are %(known)s"),
            name=repr(entry.detector),
            known=", ".join(detectors()),
        )
    _check_subject(entry)
    _check_mode(entry)
    _check_numbers(entry)
    _check_texts(entry)
    for line in entry.lines:
        if line not in lines():
            raise Refused("lines", gettext_noop("there is no business line %(name)s"), name=repr(line))
    for column in entry.scope:
        if not has(entry.frame, column):
            raise Refused(
                "scope", gettext_noop("scope names %(column)s, which is no column of %(frame)s"), column=repr(column), frame=entry.frame
            )
    _check_thresholds(entry)
    _check_sentence("sentence_zh", entry.sentence_zh)
    _check_sentence("sentence_en", entry.sentence_en)
    _check_detector(entry)


def _check_subject(entry: Entry) -> None:
    try:
        known = shape(entry.frame).subjects
    except ValueError as error:
        raise Refused("frame", gettext_noop("there is no frame %(name)s for a rule's rows"), name=repr(entry.frame)) from error
    if entry.subject_column not in known.get(entry.subject_kind, ()):
        raise Refused(
            "subject_column",
            gettext_noop("%(column)s does not name a %(kind)s in the frame %(frame)s"),
            column=repr(entry.subject_column),
            kind=entry.subject_kind,
            frame=entry.frame,
        )


def _check_mode(entry: Entry) -> None:
    modes = RuleVersion.Mode
    if entry.mode not in modes.values:
        raise Refused("mode", gettext_noop("mode %(name)s is not one of %(known)s"), name=repr(entry.mode), known=", ".join(modes.values))
    if entry.mode != modes.LIVE and not entry.mode_reason:
        raise Refused("mode_reason", gettext_noop("a rule that is not live says why in mode_reason"))
    if entry.mode != modes.OFF and entry.frame not in bases():
        raise Refused("mode", gettext_noop("nobody brings the rows of %(frame)s yet; the rule can only be off"), frame=entry.frame)


def _check_numbers(entry: Entry) -> None:
    if entry.unit not in UNITS:
        raise Refused("unit", gettext_noop("unit %(name)s is not one of %(known)s"), name=repr(entry.unit), known=", ".join(UNITS))
    if entry.op not in OPS:
        raise Refused("op", gettext_noop("op %(name)s is not one of %(known)s"), name=repr(entry.op), known=", ".join(OPS))
    if not 1 <= entry.window_days <= LONGEST_WINDOW:
        raise Refused("window_days", gettext_noop("window_days is 1 to %(longest)d"), longest=LONGEST_WINDOW)
    for name in ("merge_days", "min_n"):
        if not 1 <= getattr(entry, name) <= 1_000_000:
            raise Refused(name, gettext_noop("%(name)s is at least 1"), name=name)


def _check_texts(entry: Entry) -> None:
    for name in ("code", *_VERSION_TEXTS):
        longest = getattr((Rule if name == "code" else RuleVersion)._meta.get_field(name), "max_length", None)
        if longest and len(getattr(entry, name)) > longest:
            raise Refused(name, gettext_noop("%(name)s is longer than %(longest)d characters"), name=name, longest=longest)


def _check_detector(entry: Entry) -> None:
    try:
        spec = entry.spec()
        detectors()[entry.detector].check(spec)
    except ParamError as error:
        place = error.place or "params"
        raise Refused(place, gettext_noop("%(place)s: %(why)s"), place=place, why=error) from error
    except ValueError as error:
        raise Refused("params", gettext_noop("%(place)s: %(why)s"), place="params", why=ParamError(str(error))) from error
    for column in detectors()[entry.detector].needs(spec)[entry.frame]:
        if not has(entry.frame, column):
            raise Refused(
                "params", gettext_noop("the rule reads %(column)s, which is no column of %(frame)s"), column=repr(column), frame=entry.frame
            )


def _check_thresholds(entry: Entry) -> None:
    unknown = set(entry.thresholds) - set(LEVELS)
    if unknown or not entry.thresholds:
        raise Refused("thresholds", gettext_noop("thresholds need at least one of %(known)s and nothing else"), known=", ".join(LEVELS))
    steps = [entry.thresholds[level] for level in LEVELS if level in entry.thresholds]
    if any(type(step) not in (int, float) or not isfinite(step) for step in steps):
        raise Refused("thresholds", gettext_noop("thresholds are numbers"))
    ascending = entry.op == ">="
    if any((later <= earlier) if ascending else (later >= earlier) for earlier, later in zip(steps, steps[1:], strict=False)):
        if ascending:
            raise Refused("thresholds", gettext_noop("thresholds must grow graver from blue to red (rising with op >=)"))
        raise Refused("thresholds", gettext_noop("thresholds must grow graver from blue to red (falling with op <=)"))


def _check_sentence(field: str, sentence: str) -> None:
    try:
        asked = [(name, form or turned) for _, name, form, turned in Formatter().parse(sentence) if name is not None]
    except ValueError as error:
        raise Refused(field, gettext_noop("a brace of the sentence has no partner")) from error
    for name, form in asked:
        if name not in NUMBERS or form:
            raise Refused(
                field, gettext_noop("the sentence asks for {%(name)s}; there are %(known)s"), name=name, known=", ".join(sorted(NUMBERS))
            )
