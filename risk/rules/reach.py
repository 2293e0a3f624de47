"""What follows for a rule from its detector and parameters: whose rows its hits depend on, and whether the clock alone can change them."""

from risk.detectors.base import PEER, Spec
from risk.detectors.registry import detectors
from risk.rules.models import Reach

NOW = "now"


def reach_of(spec: Spec) -> str:
    """Whose rows the hits of the rule depend on."""
    detector = detectors()[spec.detector]
    if detector.reach == PEER:
        return Reach.PEER.value
    return Reach.LINKED.value if detector.links(spec) else Reach.SUBJECT.value


def is_clock(spec: Spec) -> bool:
    """Whether the rule measures open rows up to the present: its hits change without any new row."""
    return NOW in detectors()[spec.detector].needs(spec)
