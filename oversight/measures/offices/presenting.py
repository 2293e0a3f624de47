"""The page of offices and terms."""

from typing import Any

from ledger.roster.models import Unit
from oversight.measures.catalogue import KINDS
from oversight.measures.kinds import Kind
from oversight.measures.offices.queries import policy_of
from oversight.measures.offices.services import settles
from oversight.viewer import Viewer


def offices_context(viewer: Viewer, typed: dict[str, str] | None = None) -> dict[str, Any]:
    """What measures/offices.html prints. `typed`: what was typed for one kind and could not be written."""
    typed = typed or {}
    return {
        "rows": [_row(kind, typed if typed.get("kind") == kind.code else {}) for kind in KINDS.values()],
        "settles": settles(viewer.user),
        "units": [(unit.code, unit.name) for unit in Unit.objects.filter(kind=Unit.Kind.DEPARTMENT).order_by("path")],
    }


def _row(kind: Kind, typed: dict[str, str]) -> dict[str, Any]:
    policy = policy_of(kind)
    return {
        "code": kind.code,
        "label": kind.label,
        "settled": policy.settled,
        "proposing": typed.get("proposing", policy.proposing),
        "examining": typed.get("examining", policy.examining),
        "deciding": typed.get("deciding", policy.deciding),
        "legal": kind.fill is not None,
        "legal_unit": typed.get("legal_unit", policy.legal_unit.code if policy.legal_unit else ""),
        "legal_name": policy.legal_unit.name if policy.legal_unit else "",
        "terms": [
            {"name": f"term_{status}", "label": kind.term_label(status), "days": typed.get(f"term_{status}", policy.terms[status])}
            for status in kind.terms
        ],
        "open": bool(typed),
    }
