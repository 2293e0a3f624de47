"""The form of a rule: its fields with their explanations, filled from what a draft says or from what was typed, and read back."""

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from typing import Any, get_type_hints

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.lines import lines
from oversight.center.presenters import words as alert_words
from oversight.rules import words
from oversight.rules.listing import COMMON
from oversight.sweeps.ordering import line_title
from risk.checklist.queries import version_at
from risk.detectors.base import TRANSACTIONS
from risk.detectors.parts.shapes import base_frames, shape
from risk.detectors.registry import detectors
from risk.frames import bases
from risk.rules.entries import OPS, UNITS
from risk.rules.models import LEVELS, SubjectKind

TEXTS = ("title_zh", "title_en", "sentence_zh", "sentence_en", "mode", "mode_reason", "op", "unit", "checklist_item", "why", "basis")
WHOLE = ("window_days", "min_n")
AFTER_CHINESE = {"title_en": "title_zh", "sentence_en": "sentence_zh"}


def blank(detector: str) -> dict[str, Any]:
    """What a new rule of a detector says before anybody wrote in it: in shadow, of one day and row."""
    return {
        "code": "",
        "line": COMMON,
        "detector": detector,
        "subject_kind": "staff",
        "subject_column": "handler",
        "frame": TRANSACTIONS,
        "merge_days": 7,
        "title_zh": "",
        "title_en": "",
        "sentence_zh": _sentence(),
        "sentence_en": "{subject}: {observed} in {window} days, at or over the {level} threshold of {threshold}.",
        "mode": "shadow",
        "mode_reason": _("a new rule on trial"),
        "lines": [],
        "scope": {},
        "window_days": 30,
        "min_n": 1,
        "op": ">=",
        "unit": "item",
        "thresholds": {},
        "params": {},
        "checklist_item": "",
        "why": "",
        "basis": "",
    }


def _sentence() -> str:
    return "{subject}近{window}日为{observed}，达到{level}阈值{threshold}。"


def read(post: QueryDict, content: Mapping[str, Any], *, new: bool) -> tuple[dict[str, Any], dict[str, str]]:
    """(the content with what was typed, problems by field). What is no number stays text, so that the check refuses it at its field."""
    problems: dict[str, str] = {}
    said = dict(content) | {name: _plain(post, name) for name in TEXTS} | {name: _whole(post, name) for name in WHOLE}
    for name, other in AFTER_CHINESE.items():
        said[name] = said[name] or said[other]
    if said["mode"] == "live":
        said["mode_reason"] = ""
    said["lines"] = [line for line in post.getlist("lines") if line in lines()]
    said["scope"] = _scope(post.get("scope", ""), problems)
    said["thresholds"] = _thresholds(post, problems)
    said["params"] = _params(post, str(content["detector"]), problems)
    if new:
        said |= {name: _plain(post, name) for name in ("code", "line")} | {"merge_days": _whole(post, "merge_days")}
        frame, _slash, rest = post.get("subject", "").partition("/")
        kind, _slash, column = rest.partition("/")
        said |= {"frame": frame, "subject_kind": kind, "subject_column": column}
        if frame != TRANSACTIONS:
            said["lines"] = []
    for name in ("title_zh", "sentence_zh"):
        if not said[name]:
            problems[name] = _("This must be filled in.")
    return said, problems


def _plain(post: QueryDict, name: str) -> str:
    return " ".join(post.get(name, "").split()) if name not in ("why",) else post.get(name, "").strip()[:2000]


def _whole(post: QueryDict, name: str) -> Any:
    text = post.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else text


def _number(text: str) -> float | int:
    """Whole numbers stay whole, as the catalogue writes them, so that the same rule has the same digest."""
    number = float(text)
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _thresholds(post: QueryDict, problems: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for level in LEVELS:
        if text := post.get(f"thresholds.{level}", "").strip():
            try:
                found[level] = _number(text)
            except (ValueError, OverflowError):
                problems[f"thresholds.{level}"] = _("“%(text)s” is not a number.") % {"text": text[:20]}
    return found


def _scope(text: str, problems: dict[str, str]) -> dict[str, Any]:
    """One line a column: column = value, value."""
    found: dict[str, Any] = {}
    for row in text.splitlines():
        name, equals, values = row.partition("=")
        kept = [value.strip() for value in values.replace("，", ",").split(",") if value.strip()]
        if row.strip() and (not equals or not name.strip() or not kept):
            problems["scope"] = _("Write one column a line, as action = new, transfer.")
        elif row.strip():
            found[name.strip()] = kept
    return found


def _params(post: QueryDict, detector: str, problems: dict[str, str]) -> dict[str, Any]:
    """What was stated; an empty field leaves the default."""
    params = detectors()[detector].Params
    hints, found = get_type_hints(params), dict[str, Any]()
    for one in fields(params):
        text = post.get(f"params.{one.name}", "").strip()
        if not text:
            continue
        try:
            found[one.name] = _typed(hints[one.name], text)
        except ValueError:
            problems[f"params.{one.name}"] = _("This cannot be read; see what is expected below the field.")
    return found


def _typed(hint: Any, text: str) -> Any:
    """Raises ValueError for what cannot be read; types themselves are checked with the rule."""
    if hint is str:
        return text
    if hint is bool:
        return {"true": True, "false": False}[text] if text in ("true", "false") else text
    if hint is int:
        return int(text)
    if hint in (float, float | None):
        return _number(text)
    if hint == tuple[str, ...]:
        return [one for part in text.replace("，", ",").splitlines() for one in map(str.strip, part.split(",")) if one]
    return json.loads(text)


def fields_of(content: Mapping[str, Any], post: QueryDict | None, problems: Mapping[str, str], *, new: bool) -> list[dict[str, Any]]:
    """The form in its groups: [{title, fields [{name, id, label, help, kind, value, options, problem}]}]. `post`: what was refused."""
    groups = [*([(_("What it is about"), _about(content))] if new else []), *_common(content, new=new)]
    found = []
    for heading, some in groups:
        for one in some:
            if post is not None:
                one["value"] = post.getlist(one["name"]) if one["kind"] == "checks" else post.get(one["name"], "")
            one["problem"] = problems.get(one["name"], "")
            one["id"] = one["name"].replace(".", "-")
        found.append({"title": heading, "fields": some})
    return found


def _field(name: str, kind: str, value: Any, help: str = "", options: Any = (), label: str = "") -> dict[str, Any]:
    return {"name": name, "label": label or words.field(name), "kind": kind, "value": value, "help": help, "options": list(options)}


def _about(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    kinds, of_lines = dict(SubjectKind.choices), [COMMON, *lines()]
    subjects = [
        (f"{frame}/{kind}/{column}", f"{words.frame(frame)} · {kinds[kind]} · {words.column(column)}")
        for frame in base_frames()
        if frame in bases()
        for kind, columns in shape(frame).subjects.items()
        for column in columns
    ]
    chosen = "/".join(str(content[name]) for name in ("frame", "subject_kind", "subject_column"))
    return [
        _field("code", "text", content["code"], _("Two to four capital letters, a hyphen and two to four digits; it never changes.")),
        _field("line", "select", content["line"], _("Under which line the rule is filed."), [(one, line_title(one)) for one in of_lines]),
        _field("subject", "select", chosen, _("Which rows, and whom of them a hit is about."), subjects, _("Rows and subject")),
        _field(
            "merge_days", "number", content["merge_days"], _("Hits of one subject within so many days are one alert; it never changes.")
        ),
    ]


def _common(content: Mapping[str, Any], *, new: bool) -> list[tuple[str, list[dict[str, Any]]]]:
    return [
        (_("Thresholds"), _numbers(content)),
        (_("Rows"), _rows(content)),
        (_("Parameters of the detector"), _param_fields(content)),
        (_("Wording"), _wording(content)),
        (_("Effect"), _effect(content, new=new)),
    ]


def _numbers(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    levels = [
        _field(f"thresholds.{level}", "level", content["thresholds"].get(level, ""), label=str(alert_words.LEVELS[level]))
        for level in reversed(LEVELS)
    ]
    ops = [(one, words.SIGNS[one]) for one in OPS]
    return [
        *levels,
        _field("op", "select", content["op"], _("Whether much or little is wrong."), ops),
        _field("unit", "select", content["unit"], "", [(one, words.UNITS[one]) for one in UNITS]),
        _field("window_days", "number", content["window_days"], _("A hit on a day looks at the rows of so many days up to it.")),
        _field("min_n", "number", content["min_n"], _("With fewer rows nothing is said.")),
    ]


def _rows(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    scope = "\n".join(f"{name} = {', '.join(map(str, kept))}" for name, kept in content["scope"].items())
    help = _("One column a line with the values that count, as action = new, transfer. Empty: all rows.")
    found = [_field("scope", "long", scope, help)]
    if content["frame"] == TRANSACTIONS:
        chosen = [(code, line_title(code)) for code in lines()]
        found.insert(0, _field("lines", "checks", list(content["lines"]), _("None chosen: all lines."), chosen))
    return found


def _param_fields(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    params = detectors()[str(content["detector"])].Params
    hints = get_type_hints(params)
    return [_param(one, hints[one.name], content["params"]) for one in fields(params)]


def _param(one: "Field[Any]", hint: Any, stated: Mapping[str, Any]) -> dict[str, Any]:
    value = stated.get(one.name, "")
    standard = words.NONE if one.default is MISSING else words.valued(one.default)
    default = "" if standard == words.NONE else _("Default: %(value)s") % {"value": standard}
    kind, shown, how = "text", value, ""
    options: list[tuple[str, str]] = []
    if one.metadata.get("choices"):
        kind, options = "select", [("", _("default")), *((each, each) for each in one.metadata["choices"])]
    elif hint is bool:
        kind, options = "select", [("", _("default")), ("true", _("yes")), ("false", _("no"))]
        shown = "" if value == "" else str(value).lower()
    elif hint == tuple[str, ...]:
        shown, how = ", ".join(map(str, value)), _("Several with commas between them.")
    elif hint not in (str, int, float, float | None):
        kind, how = "long", _("As JSON.")
        shown = json.dumps(value, ensure_ascii=False) if value != "" else ""
    return _field(
        f"params.{one.name}", kind, shown, " · ".join(part for part in (words.helped(one), how, default) if part), options, one.name
    )


def _wording(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    version = version_at(timezone.now())
    items = list(version.items.order_by("place").values_list("no", "risk_point")) if version else []
    options = [("", words.NONE), *((no, f"{no} {point}") for no, point in items)]
    if content["checklist_item"] not in dict(options):
        options.append((content["checklist_item"], content["checklist_item"]))
    numbers = _("In braces: {subject} {observed} {threshold} {level} {window} and what the detector tells.")
    return [
        _field("title_zh", "text", content["title_zh"]),
        _field("sentence_zh", "long", content["sentence_zh"], numbers),
        _field("title_en", "text", content["title_en"], _("Empty: as in Chinese.")),
        _field("sentence_en", "long", content["sentence_en"], _("Empty: as in Chinese.")),
        _field("checklist_item", "select", content["checklist_item"], "", options),
        _field("basis", "text", content["basis"]),
        _field("why", "long", content["why"]),
    ]


def _effect(content: Mapping[str, Any], *, new: bool) -> list[dict[str, Any]]:
    modes = [(value, label) for value, label in words.MODES if not new or value != "live"]
    return [
        _field("mode", "select", content["mode"], _("In shadow hits are kept and counted, and raise no alert."), modes),
        _field("mode_reason", "text", content["mode_reason"], _("Needed unless it is live.")),
        _field("reason", "long", "", _("Who publishes it reads this.")),
    ]
