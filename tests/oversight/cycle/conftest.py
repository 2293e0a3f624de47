"""Models are imported when a test asks, because this file is read before Django is set up."""

from typing import Any

import pytest


@pytest.fixture
def scene(db: None) -> Any:
    """A squad, what is above it, and everybody around (building.Scene)."""
    from tests.oversight.cycle.building import make_scene

    return make_scene()
