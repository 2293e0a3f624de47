"""The one sentence that says what an alert found, from the stored numbers alone."""

from collections.abc import Mapping
from functools import lru_cache
from string import Formatter
from typing import Any

from risk.rules.models import RuleVersion

LEVEL_WORDS = {
    "zh": {"blue": "蓝色", "yellow": "黄色", "orange": "橙色", "red": "红色"},
    "en": {"blue": "blue", "yellow": "yellow", "orange": "orange", "red": "red"},
}


def plain(number: Any) -> str:
    """A number as people write it: no trailing zeros, one decimal at most from ten up, two below."""
    if isinstance(number, bool) or not isinstance(number, int | float):
        return str(number)
    if float(number).is_integer():
        return str(int(number))
    return f"{number:.1f}" if abs(number) >= 10 else f"{number:.2f}".rstrip("0")


class _Plain(Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        return plain(value) if not format_spec else super().format_field(value, format_spec)


@lru_cache(maxsize=2048)
def _pieces(template: str) -> tuple[tuple[str, str], ...] | None:
    """Text and the name after it, of a template in which names stand alone; a list says the same few sentences over and over."""
    pieces = tuple((text, name or "", bool(spec or conversion)) for text, name, spec, conversion in Formatter().parse(template))
    if any(further or (name and not name.isidentifier()) for _text, name, further in pieces):
        return None
    return tuple((text, name) for text, name, _further in pieces)


def _filled(template: str, values: Mapping[str, Any]) -> str:
    pieces = _pieces(template)
    if pieces is None:
        return _Plain().vformat(template, (), values)
    return "".join([text + plain(values[name]) if name else text for text, name in pieces])


def sentence(
    *, version: RuleVersion, numbers: Mapping[str, Any], subject: str, language: str, level: str, observed: float, threshold: float
) -> str:
    """The sentence in "zh…" or "en…", with the subject filled in and every number as stored with the hit."""
    words = "en" if language.startswith("en") else "zh"
    template = version.sentence_en if words == "en" else version.sentence_zh
    values = {"window": version.window_days, **numbers}
    values |= {"subject": subject, "observed": observed, "threshold": threshold, "level": LEVEL_WORDS[words][level]}
    return _filled(template, values)


def title(version: RuleVersion, language: str) -> str:
    return version.title_en if language.startswith("en") else version.title_zh


def names_of(template: str) -> set[str]:
    """The names a template asks for, to check a rule before it is loaded."""
    return {name for _text, name, _spec, _conversion in Formatter().parse(template) if name}
