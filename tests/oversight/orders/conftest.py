"""Models are imported when a test asks, because this file is read before Django is set up."""

from typing import Any

import pytest


@pytest.fixture
def scene(db: None) -> Any:
    """A case of a squad and everybody around it (building.Scene)."""
    from tests.oversight.orders.building import make_scene

    return make_scene()
