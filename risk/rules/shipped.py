"""The shipped rules: TOML files read strictly; a slip in one is an error naming file and rule, never a rule that is not there."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from string import Formatter
from typing import Any

from ledger.lines import lines
from risk.detectors.base import LEVELS, TRANSACTIONS, Spec
from risk.detectors.parts.params import ParamError, build
from risk.detectors.parts.shapes import has, shape
from risk.detectors.registry import detectors
from risk.frames import bases
from risk.rules.models import Rule, RuleVersion
from risk.rules.reach import reach_of

FOLDER = Path(__file__).parent / "catalogue"
COMMON = "common"
OPS = (">=", "<=")
UNITS = ("item", "%", "day", "workday", "hour", "minute", "second", "times", "person", "vehicle", "ratio", "point", "score", "visit")
NUMBERS = frozenset(
    {"subject", "observed", "threshold", "count", "total", "window", "distinct", "percent", "level"}
    | {"standardised", "expected", "expected_percent", "median", "lower", "upper", "peers", "ratio", "difference", "p", "q", "value"}
    | {"counterpart", "lift", "past", "cusum", "weeks", "mean", "size", "handlers", "counterparts", "excess", "closed"}
    | {"signals", "items", "rules"}
)
LONGEST_WINDOW = 400


class CatalogueError(Exception):
    """A shipped rule that cannot be used; the message names file, rule and part."""


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
    def digest(self) -> str:
        """SHA-256 of everything the entry says."""
        content = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "frame" or self.frame != TRANSACTIONS}
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


def read(folder: Path = FOLDER) -> list[Entry]:
    """Every shipped rule, checked. Raises CatalogueError."""
    entries: list[Entry] = []
    for path in sorted(folder.glob("*.toml")):
        if path.stem not in lines() and path.stem != COMMON:
            raise CatalogueError(f"{path.name}: there is no business line {path.stem!r}; name the file after a line, or {COMMON}.toml")
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise CatalogueError(f"{path.name}: not TOML: {error}") from error
        if set(content) != {"rule"} or not isinstance(content["rule"], list):
            raise CatalogueError(f"{path.name}: only [[rule]] entries belong here")
        entries += [_entry(path, raw) for raw in content["rule"]]
    codes = [entry.code for entry in entries]
    for code in codes:
        if codes.count(code) > 1:
            raise CatalogueError(f"{code}: stands in the catalogue twice")
    return entries


def _entry(path: Path, raw: Mapping[str, Any]) -> Entry:
    place = f"{path.name}: {raw.get('code', 'a rule without code')}"
    known = {f.name: f for f in fields(Entry) if f.name != "line"}
    for name in raw:
        if name not in known:
            raise CatalogueError(f"{place}: unknown key {name!r}")
    for name, f in known.items():
        if name not in raw and f.default is MISSING and f.default_factory is MISSING:
            raise CatalogueError(f"{place}: {name} is missing")
    default_lines = [] if path.stem == COMMON or raw.get("frame", TRANSACTIONS) != TRANSACTIONS else [path.stem]
    values: dict[str, Any] = {**raw, "line": path.stem}
    for name, kind in _KINDS.items():
        if name in values and type(values[name]) not in kind:
            raise CatalogueError(f"{place}: {name} cannot be {values[name]!r}")
    values["lines"] = tuple(values.get("lines", default_lines))
    values["scope"] = {name: tuple(allowed) for name, allowed in values.get("scope", {}).items() if isinstance(allowed, list)}
    if len(values["scope"]) != len(raw.get("scope", {})):
        raise CatalogueError(f"{place}: every scope value is a list")
    entry = Entry(**values)
    try:
        check(entry)
    except (ParamError, ValueError) as error:
        raise CatalogueError(f"{place}: {error}") from error
    return entry


_VERSION_TEXTS = ("title_zh", "title_en", "sentence_zh", "sentence_en", "checklist_item", "basis", "mode_reason")
_WORDS = ("code", "frame", "detector", "subject_kind", "subject_column", "unit", "op", "why", "mode", *_VERSION_TEXTS)
_KINDS: dict[str, tuple[type, ...]] = {
    "lines": (list,),
    **dict.fromkeys(("window_days", "merge_days", "min_n"), (int,)),
    **dict.fromkeys(("thresholds", "scope", "params"), (dict,)),
    **dict.fromkeys(_WORDS, (str,)),
}


def check(entry: Entry) -> None:
    """Refuse a rule that makes no sense; ValueError with the reason. Also for rules written in the browser."""
    if entry.detector not in detectors():
        raise ValueError(f"there is no detector {entry.detector!r}; there are {', '.join(detectors())}")
    if entry.subject_column not in shape(entry.frame).subjects.get(entry.subject_kind, ()):
        of_frame = "" if entry.frame == TRANSACTIONS else f" in the frame {entry.frame}"
        raise ValueError(f"{entry.subject_column!r} does not name a {entry.subject_kind}{of_frame}")
    if entry.mode not in RuleVersion.Mode.values:
        raise ValueError(f"mode {entry.mode!r} is not one of {', '.join(RuleVersion.Mode.values)}")
    if entry.mode != RuleVersion.Mode.LIVE and not entry.mode_reason:
        raise ValueError("a rule that is not live says why in mode_reason")
    if entry.mode != RuleVersion.Mode.OFF and entry.frame not in bases():
        raise ValueError(f"nobody brings the rows of {entry.frame} yet; the rule can only be off")
    if entry.unit not in UNITS:
        raise ValueError(f"unit {entry.unit!r} is not one of {', '.join(UNITS)}")
    if entry.op not in OPS:
        raise ValueError(f"op {entry.op!r} is not one of {', '.join(OPS)}")
    if not 1 <= entry.window_days <= LONGEST_WINDOW or entry.merge_days < 1 or entry.min_n < 1:
        raise ValueError(f"window_days is 1 to {LONGEST_WINDOW}, merge_days and min_n at least 1")
    for name in ("code", *_VERSION_TEXTS):
        longest = getattr((Rule if name == "code" else RuleVersion)._meta.get_field(name), "max_length", None)
        if longest and len(getattr(entry, name)) > longest:
            raise ValueError(f"{name} is longer than {longest} characters")
    for line in entry.lines:
        if line not in lines():
            raise ValueError(f"there is no business line {line!r}")
    for column in entry.scope:
        if not has(entry.frame, column):
            raise ValueError(f"scope names {column!r}, which is no column of {entry.frame}")
    _check_thresholds(entry)
    _check_sentence(entry.sentence_zh)
    _check_sentence(entry.sentence_en)
    spec = entry.spec()
    detectors()[entry.detector].check(spec)
    for column in detectors()[entry.detector].needs(spec)[entry.frame]:
        if not has(entry.frame, column):
            raise ValueError(f"the rule reads {column!r}, which is no column of {entry.frame}")


def _check_thresholds(entry: Entry) -> None:
    unknown = set(entry.thresholds) - set(LEVELS)
    if unknown or not entry.thresholds:
        raise ValueError(f"thresholds need at least one of {', '.join(LEVELS)} and nothing else")
    steps = [entry.thresholds[level] for level in LEVELS if level in entry.thresholds]
    if any(type(step) not in (int, float) for step in steps):
        raise ValueError("thresholds are numbers")
    ascending = entry.op == ">="
    if any((later <= earlier) if ascending else (later >= earlier) for earlier, later in zip(steps, steps[1:], strict=False)):
        raise ValueError(f"thresholds must grow graver from blue to red ({'rising' if ascending else 'falling'} with op {entry.op})")


def _check_sentence(sentence: str) -> None:
    for _, name, _, _ in Formatter().parse(sentence):
        if name is not None and name not in NUMBERS:
            raise ValueError(f"the sentence asks for {{{name}}}; there are {', '.join(sorted(NUMBERS))}")
