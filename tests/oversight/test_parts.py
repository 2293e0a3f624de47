"""The parts of the open alerts: the figure of each is the number of alerts its query finds, level by level."""

import itertools
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from ledger.roster.models import Role
from oversight.viewer import Viewer
from risk.alerts.models import Alert
from tests.builders import make_alert, make_rule, make_user
from tests.oversight.cast import Cast

LEVELS = ("blue", "yellow", "orange", "red")


@pytest.fixture
def every_kind(cast: Cast) -> None:
    """Alerts of every status and level; of the rest of what parts tell apart each meets each of the others often."""
    version, now = make_rule(), datetime.now(UTC)
    # Five, as levels come round in four.
    handlers = (None, None, *(cast.of[role] for role in (Role.SUPERVISOR, Role.LEADER)), make_user(Role.SUPERVISOR, cast.detachment))
    terms = (None, now - timedelta(hours=1), now + timedelta(hours=1), now + timedelta(hours=9))
    rest = itertools.cycle(itertools.product(terms, (False, True), handlers))
    statuses = [status for status in Alert.Status if status != Alert.Status.CLOSED]
    for number, (status, level) in enumerate(itertools.product(statuses, LEVELS * 3)):
        due_at, backdated, handler = next(rest)
        make_alert(
            cast.first, version=version, bucket=number, level=level, status=status, handler=handler, backdated=backdated, due_at=due_at
        )


@pytest.mark.services
@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.LEADER])
def test_the_figure_of_a_part_is_what_its_query_finds(cast: Cast, every_kind: None, role: Role):
    viewer = Viewer(cast.of[role])
    assert viewer.by_level.keys() == viewer.figures.keys() == viewer.parts.keys() - {"review"}
    for part, found in viewer.by_level.items():
        asked = viewer.alerts.filter(viewer.parts[part])
        assert found == Counter(asked.values_list("level", flat=True)), part
        assert viewer.figures[part] == asked.count() > 0, part
