"""What other areas put on the page of a case: each registers a section at start (oversight/joining.py), so that cases know none of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from oversight.cases.models import Case
from oversight.viewer import Viewer


@dataclass(frozen=True)
class CaseSection:
    """A part of the page of a case.

    `template` is given what `context` returns, beside `case` and `viewer`; `context` returning None leaves the section out. `redacted`: it
    is fit for who may not know the subject (Case.redacted) and sees to that itself.
    """

    template: str
    context: Callable[[Case, Viewer], dict[str, Any] | None]
    redacted: bool = False


_sections: list[CaseSection] = []


def register_section(section: CaseSection) -> None:
    """Sections stand on the page in the order in which they were registered."""
    if section not in _sections:
        _sections.append(section)


def sections_of(case: Case, viewer: Viewer) -> list[tuple[str, dict[str, Any]]]:
    """Template and context of each section that has something to say to this person."""
    shown = [(section.template, section.context(case, viewer)) for section in _sections if section.redacted or not case.redacted]
    return [(template, context | {"case": case, "viewer": viewer}) for template, context in shown if context is not None]
