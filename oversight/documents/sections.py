"""The documents of a case, for the page of the case: a section of its own, with the template that draws it."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from oversight.cases.models import Case
from oversight.documents.presenting import list_context
from oversight.viewer import Viewer

TEMPLATE = "documents/_section.html"
# What the record of a case says of its documents.
WORDS: dict[str, Promise] = {"document.made": pgettext_lazy("case record", "Made the document")}


def made(data: dict[str, Any]) -> str:
    """Which one: its number, its title, and its version from the second on."""
    version = f" v{data['version']}" if data["version"] > 1 else ""
    return f"{data['number']} {data['title']}{version}"


def documents_section(case: Case, viewer: Viewer) -> dict[str, Any]:
    """What TEMPLATE prints: the documents of the case that this person may see, and those they may make. The caller has shown the case."""
    return list_context(viewer, {"q": "", "kind": "", "case": case.number}, "", case)
