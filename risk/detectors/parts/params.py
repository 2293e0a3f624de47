"""Parameters of detectors: how they are declared, described for a form, and built strictly from plain data (TOML or JSON)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from dataclasses import field as dataclass_field
from functools import cache
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


class ParamError(ValueError):
    """A parameter that is unknown, missing, of the wrong type or senseless; the message begins with its place, where that is known.

    `reason` is an English msgid that `values` fill in: detectors know no gettext, and what they say is shown where rules are edited.
    """

    def __init__(self, reason: str, *, place: str = "", **values: object) -> None:
        self.reason, self.place, self.values = reason, place, values
        super().__init__(f"{place}: {self.told()}" if place else self.told())

    def told(self, translate: Callable[[str], str] = str) -> str:
        """What is wrong, without the place."""
        text = translate(self.reason)
        return text % self.values if self.values else text


def param(default: Any = MISSING, *, help: str, choices: tuple[str, ...] = ()) -> Any:
    """A parameter field. `help` is an English msgid for the form; `choices` limits text."""
    metadata = {"help": help, "choices": choices}
    return dataclass_field(metadata=metadata) if default is MISSING else dataclass_field(default=default, metadata=metadata)


def build(cls: type[T], raw: Mapping[str, Any], place: str = "params") -> T:
    """A parameter object from plain data. Unknown names, wrong types and refused values raise ParamError beginning with `place`."""
    if not isinstance(raw, Mapping):
        raise ParamError("expected a table, got %(value)s", place=place, value=repr(raw))
    known = {f.name: f for f in fields(cls)}  # type: ignore[arg-type]
    unknown = sorted(set(raw) - set(known))
    if unknown:
        raise ParamError("unknown parameter; known are %(known)s", place=f"{place}.{unknown[0]}", known=", ".join(sorted(known)))
    hints = _hints(cls)  # type: ignore[arg-type]
    values = {}
    for name, f in known.items():
        if name in raw:
            values[name] = _coerce(hints[name], raw[name], f"{place}.{name}")
            choices = f.metadata.get("choices") or ()
            if choices and values[name] not in choices:
                raise ParamError(
                    "%(value)s is not one of %(known)s", place=f"{place}.{name}", value=repr(raw[name]), known=", ".join(choices)
                )
        elif f.default is MISSING and f.default_factory is MISSING:
            raise ParamError("missing", place=f"{place}.{name}")
    try:
        return cls(**values)
    except ParamError as error:
        raise ParamError(error.reason, place=place, **error.values) from None


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls)


def plain(params: Any) -> Any:
    """The plain data from which `build` makes an equal object; parameters at their default are left out."""
    if is_dataclass(params) and not isinstance(params, type):
        return {
            f.name: plain(getattr(params, f.name)) for f in fields(params) if f.default is MISSING or getattr(params, f.name) != f.default
        }
    if isinstance(params, tuple):
        return [plain(item) for item in params]
    if isinstance(params, Mapping):
        return {key: plain(item) for key, item in params.items()}
    return params


def said(params: Any) -> Iterator[str]:
    """Every text that stands anywhere in parameters, defaults and keys of tables included."""
    if isinstance(params, str):
        yield params
    elif is_dataclass(params) and not isinstance(params, type):
        for one in fields(params):
            yield from said(getattr(params, one.name))
    elif isinstance(params, Mapping):
        for key, item in params.items():
            yield from said(key)
            yield from said(item)
    elif isinstance(params, tuple):
        for item in params:
            yield from said(item)


def _coerce(hint: Any, value: Any, place: str) -> Any:
    if hint is Any:
        return tuple(value) if isinstance(value, list) else value
    origin, inner = get_origin(hint), get_args(hint)
    if origin is tuple:
        return _tuple(inner, value, place)
    if origin is not None and _is_kind(origin, Mapping):
        if not isinstance(value, Mapping):
            raise ParamError("expected a table, got %(value)s", place=place, value=repr(value))
        return {_coerce(inner[0], key, place): _coerce(inner[1], item, f"{place}.{key}") for key, item in value.items()}
    if NoneType in inner:
        return None if value is None else _coerce(next(kind for kind in inner if kind is not NoneType), value, place)
    if is_dataclass(hint):
        return build(hint, value, place)  # type: ignore[arg-type]
    if hint is float and type(value) in (int, float):
        return float(value)
    if type(value) is hint:
        return value
    raise ParamError("expected %(kind)s, got %(value)s", place=place, kind=_name(hint), value=repr(value))


def _tuple(inner: tuple[Any, ...], value: Any, place: str) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise ParamError("expected a list, got %(value)s", place=place, value=repr(value))
    if len(inner) == 2 and inner[1] is Ellipsis:
        return tuple(_coerce(inner[0], item, f"{place}[{index}]") for index, item in enumerate(value))
    if len(value) != len(inner):
        raise ParamError("expected %(wanted)d items, got %(number)d", place=place, wanted=len(inner), number=len(value))
    return tuple(_coerce(kind, item, f"{place}[{index}]") for index, (kind, item) in enumerate(zip(inner, value, strict=True)))


def _is_kind(kind: Any, of: type) -> bool:
    return isinstance(kind, type) and issubclass(kind, of)


def _name(hint: Any) -> str:
    return {str: "text", int: "a whole number", float: "a number", bool: "true or false"}.get(hint, str(hint))
