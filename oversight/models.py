"""All models of the package, gathered from its areas for Django."""

from oversight.center.models import RelatedAlerts, RelatedHead, SavedView

__all__ = ["RelatedAlerts", "RelatedHead", "SavedView"]
