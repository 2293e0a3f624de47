"""The page of the weights of joint responsibility."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger.kit.errors import BadInput
from oversight.center.presenters.times import full_time
from oversight.measures.joint.models import Direction, JointWeights, Part
from oversight.measures.joint.queries import SHIPPED_CAPS, SHIPPED_SHARES, current_weights, draft_weights
from oversight.measures.offices.services import settles
from oversight.viewer import Viewer

TABLES = {"auxiliary": gettext_lazy("Points of an auxiliary or employee"), "officer": gettext_lazy("Points of an officer")}


def joint_context(viewer: Viewer, typed: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What measures/joint.html prints; before anything was decided the shipped weights hold."""
    current, waiting = current_weights(), draft_weights()
    shares = current.shares if current else SHIPPED_SHARES
    caps = current.caps if current else SHIPPED_CAPS
    may = settles(viewer.user)
    return {
        "current": _told(shares, caps),
        "version": current.number if current else 1,
        "published": full_time(current.published_at) if current and current.published_by and current.published_at else "",
        "published_by": str(current.published_by) if current and current.published_by else "",
        "waiting": _waiting(waiting) if waiting else None,
        "publishes": may and waiting is not None and waiting.drafted_by_id != viewer.user.pk,
        "settles": may,
        "fields": _fields(shares, caps, typed or {}),
        "typed": typed or {},
    }


def current_lines() -> list[dict[str, Any]]:
    """The weights in force as measures/_weights.html prints them."""
    current = current_weights()
    return _told(current.shares, current.caps) if current else _told(SHIPPED_SHARES, SHIPPED_CAPS)


def _told(shares: Any, caps: Any) -> list[dict[str, Any]]:
    lines = [
        {"title": title, "label": Part(part).label, "value": f"{share}%"}
        for table, title in TABLES.items()
        for part, share in shares[table].items()
    ]
    most = _("At most, a person and year")
    return [*lines, *({"title": most, "label": Direction(name).label, "value": f"{cap}"} for name, cap in caps.items())]


def _waiting(waiting: JointWeights) -> dict[str, Any]:
    return {
        "number": waiting.number,
        "drafted_at": waiting.drafted_at.isoformat(),
        "drafted_by": str(waiting.drafted_by),
        "at": full_time(waiting.drafted_at),
        "reason": waiting.reason,
        "lines": _told(waiting.shares, waiting.caps),
    }


def _fields(shares: Any, caps: Any, typed: Mapping[str, str]) -> list[dict[str, Any]]:
    found = []
    for table, title in TABLES.items():
        for part in SHIPPED_SHARES[table]:
            name = f"{table}_{part}"
            value = typed.get(name, shares[table].get(part, 0))
            found.append({"name": name, "label": f"{title} → {Part(part).label}", "unit": "%", "value": value})
    for direction in SHIPPED_CAPS:
        name = f"cap_{direction}"
        label = _("At most a year: %(what)s") % {"what": Direction(direction).label}
        found.append({"name": name, "label": label, "unit": "", "value": typed.get(name, caps[direction])})
    return found


def typed_shares(given: Mapping[str, str]) -> dict[str, dict[str, int]]:
    return {table: {part: _whole(given.get(f"{table}_{part}", "")) for part in parts} for table, parts in SHIPPED_SHARES.items()}


def typed_caps(given: Mapping[str, str]) -> dict[str, int]:
    return {direction: _whole(given.get(f"cap_{direction}", "")) for direction in SHIPPED_CAPS}


def _whole(text: str) -> int:
    """Raises BadInput for what is no whole number up to 100."""
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 3):
        raise BadInput(_("Give whole numbers from 0 to 100."))
    return int(text)
