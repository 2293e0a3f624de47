"""What the page of a case shows of its effect: the context of aftercare/_case_section.html."""

from typing import Any

from oversight.aftercare.models import Watch
from oversight.aftercare.queries import ready, rows
from oversight.cases.models import Case
from oversight.viewer import Viewer

TEMPLATE = "aftercare/_case_section.html"


def case_section(case: Case, viewer: Viewer) -> dict[str, Any] | None:
    """{watches: see presenting.watch_row}, the newest closing first; nothing for a case that was never watched."""
    watches = list(ready(Watch.objects.filter(case=case)).order_by("-closing", "pk"))
    return {"watches": rows(watches, viewer)} if watches else None
