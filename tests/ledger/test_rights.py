"""Who holds which role on which day."""

from datetime import date, timedelta

import pytest

from ledger.roster.models import Role
from ledger.roster.rights import active_grants
from tests.builders import grant_role, make_unit, make_user

FIRST = date(2026, 3, 2)


@pytest.mark.django_db
@pytest.mark.parametrize(("last", "held"), [(FIRST, [False, True, False]), (None, [False, True, True])])
def test_a_role_is_held_from_its_first_day_to_its_last_both_counted(last: date | None, held: list[bool]) -> None:
    unit = make_unit()
    user = make_user(None, unit)
    grant_role(user, Role.SUPERVISOR, unit, valid_from=FIRST, valid_until=last)
    assert [bool(active_grants(user, FIRST + timedelta(days=number))) for number in (-1, 0, 1)] == held
    user.is_active = False
    assert active_grants(user, FIRST) == []
