"""The people of the tests of acts: two supervisors and a leader over one detachment."""

from typing import Any

import pytest

# Models can be imported once Django is set up, which is after this file is read.


@pytest.fixture
def root(db: None) -> Any:
    from tests.builders import make_unit

    return make_unit("交警支队", kind="detachment")


@pytest.fixture
def first(root: Any) -> Any:
    return _who("SUPERVISOR", root, "张某")


@pytest.fixture
def second(root: Any) -> Any:
    return _who("SUPERVISOR", root, "钱某")


@pytest.fixture
def leader(root: Any) -> Any:
    return _who("LEADER", root, "孙某")


def _who(role: str, unit: Any, name: str) -> Any:
    from ledger.roster.models import Role
    from tests.builders import make_user

    return make_user(Role[role], unit, name=name)
