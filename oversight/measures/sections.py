"""The measures of a case, as a section of its page: what there is, and what may be proposed."""

from typing import Any

from django.urls import reverse

from oversight.cases.models import Case
from oversight.cases.people import Person
from oversight.cases.states import ALIVE
from oversight.measures.catalogue import KINDS
from oversight.measures.presenting import row_of
from oversight.measures.queries import measures_of
from oversight.measures.who import may_propose
from oversight.viewer import Viewer

TEMPLATE = "measures/_case_section.html"


def case_section(case: Case, viewer: Viewer) -> dict[str, Any]:
    """What measures/_case_section.html prints: measures [{kind, rows}] that there are, proposals [{label, url}] this person may make."""
    person = Person.of(viewer.user, viewer.grants)
    found = []
    for kind in KINDS.values():
        rows = measures_of(kind, case, viewer.user).select_related("case", "proposed_by", "decided_by", *kind.related)
        if rows:
            found.append({"kind": kind, "rows": [row_of(kind, one) for one in rows]})
    alive = case.status in ALIVE
    return {
        "measures": found,
        "proposals": [
            {"label": kind.propose, "url": reverse(f"measures:{kind.code}-propose", args=[case.number])}
            for kind in KINDS.values()
            if alive and may_propose(person, kind, case)
        ],
    }
