"""Fixtures of the tests of cases."""

from typing import Any

import pytest


@pytest.fixture
def town(cast: Any) -> Any:
    """The detachment of tests.oversight.cases.town."""
    from tests.oversight.cases.town import make_town

    return make_town(cast)
