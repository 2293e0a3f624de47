"""Fixtures of the pages' tests. Models are imported when a test asks, because this file is read before Django is set up."""

from typing import Any

import pytest


@pytest.fixture
def cast(db: None) -> Any:
    """The small detachment of tests.oversight.cast."""
    from tests.oversight.cast import make_cast

    return make_cast()


@pytest.fixture
def supervisor(cast: Any) -> Any:
    """A browser in which the supervisor of the detachment is logged in."""
    from tests.oversight.cast import logged_in

    return logged_in(cast.supervisor)
