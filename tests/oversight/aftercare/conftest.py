"""Fixtures of the tests of what follows a closed case."""

from datetime import timedelta
from typing import Any

import pytest

from ledger.kit.days import today


@pytest.fixture
def town(cast: Any) -> Any:
    """The detachment of tests.oversight.cases.town, in office for two years."""
    from ledger.roster.models import RoleGrant
    from tests.oversight.cases.town import make_town

    made = make_town(cast)
    RoleGrant.objects.update(valid_from=today() - timedelta(days=730))
    return made
