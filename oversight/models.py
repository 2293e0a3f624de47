"""All models of the package, gathered from its areas for Django."""

from oversight.center.models import RelatedAlerts, RelatedHead, SavedView
from oversight.duty.models import BellMark, DutyShift, HandoverRead, Notice
from oversight.wall.models import DisplayToken

__all__ = ["BellMark", "DisplayToken", "DutyShift", "HandoverRead", "Notice", "RelatedAlerts", "RelatedHead", "SavedView"]
