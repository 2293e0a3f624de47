"""All models of the package, gathered from its areas for Django."""

from oversight.wall.models import DisplayToken

__all__ = ["DisplayToken"]
