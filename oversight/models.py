"""All models of the package, gathered from its areas for Django."""

from oversight.duty.models import BellMark, DutyShift, HandoverRead, Notice

__all__ = ["BellMark", "DutyShift", "HandoverRead", "Notice"]
