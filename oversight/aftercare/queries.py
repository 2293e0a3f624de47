"""Watches and what was measured of them, as far as a person may see their cases."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Prefetch, QuerySet

from oversight.aftercare.models import Measurement, Relapse, Watch
from oversight.aftercare.presenting import watch_row
from oversight.cases.visibility import openly_visible_cases
from oversight.center.presenters.subjects import Names
from oversight.viewer import Viewer


def visible_watches(viewer: Viewer) -> QuerySet[Watch]:
    """Those of cases of which the person may know the subject."""
    return Watch.objects.filter(case__in=openly_visible_cases(viewer.user, viewer.grants).values("pk"))


def ready(watches: QuerySet[Watch]) -> QuerySet[Watch]:
    """With all that `rows` prints of them."""
    measured = Prefetch("measurements", Measurement.objects.order_by("week"))
    came_back = Prefetch("relapses", Relapse.objects.select_related("alert").order_by("pk"))
    return watches.select_related("case__unit", "alert__rule", "alert__rule_version").prefetch_related(measured, came_back)


def rows(watches: Sequence[Watch], viewer: Viewer) -> list[dict[str, Any]]:
    """See watch_row; of watches read by `ready`."""
    names = Names.of(one.alert for one in watches)
    relapsed = [came_back.alert_id for one in watches for came_back in one.relapses.all()]
    seen = set(viewer.alerts.filter(pk__in=relapsed).values_list("pk", flat=True)) if relapsed else set()
    return [watch_row(one, list(one.measurements.all()), names, seen) for one in watches]
