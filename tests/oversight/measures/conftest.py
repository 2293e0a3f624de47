"""The town of the measures' tests."""

from typing import Any

import pytest


@pytest.fixture
def town(cast: Any) -> Any:
    from tests.oversight.measures.building import make_town

    return make_town(cast)
