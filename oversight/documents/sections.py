"""The documents of a case, for the page of the case: a section of its own, with the template that draws it."""

from typing import Any

from oversight.cases.models import Case
from oversight.documents.presenting import list_context
from oversight.viewer import Viewer

TEMPLATE = "documents/_section.html"


def documents_section(case: Case, viewer: Viewer) -> dict[str, Any]:
    """What TEMPLATE prints: the documents of the case that this person may see, and those they may make. The caller has shown the case."""
    return list_context(viewer, {"q": "", "kind": "", "case": case.number}, "", case)
