"""The business lines, one file each; a file placed here is a line, and a broken one stops the start with its name."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from django.core.exceptions import ImproperlyConfigured

from ledger.lines.base import Attribute, Line

__all__ = ["Attribute", "Line", "line", "lines"]


@cache
def lines() -> dict[str, Line]:
    """Every business line by its code. Raises ImproperlyConfigured naming the file that does not declare its LINE rightly."""
    found: dict[str, Line] = {}
    for module in iter_modules(__path__):
        if module.name == "base":
            continue
        declared = getattr(import_module(f"{__name__}.{module.name}"), "LINE", None)
        if not isinstance(declared, Line) or declared.code != module.name:
            raise ImproperlyConfigured(f"ledger/lines/{module.name}.py must declare LINE = Line(code={module.name!r}, …).")
        found[declared.code] = declared
    return found


def line(code: str) -> Line:
    """The line of that code; KeyError when there is none."""
    return lines()[code]
