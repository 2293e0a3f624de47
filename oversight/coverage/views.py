"""覆盖与健康: what the rules have seen, what waits, what was missed. Nothing here says that an alert exists."""

from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from ledger.kit.days import today
from ledger.kit.errors import NotFound
from ledger.lines import lines
from oversight.coverage.presenting import PERIODS, Wanted, coverage_context
from oversight.coverage.unjudged import day_context
from oversight.viewer import ConsoleRequest


@require_GET
def matrix(request: ConsoleRequest) -> HttpResponse:
    period, line = request.GET.get("days", ""), request.GET.get("line", "")
    wanted = Wanted(
        days=int(period) if period in {str(number) for number in PERIODS} else PERIODS[0],
        line=line if line in {*lines(), "common"} else "",
        troubled=request.GET.get("troubled") == "1",
    )
    return render(request, "coverage/matrix.html", coverage_context(wanted, today(), request.viewer.roles))


@require_GET
def unjudged(request: ConsoleRequest, code: str, day: str) -> HttpResponse:
    """Whom a rule about peers could not compare on a grid day."""
    try:
        asked = date.fromisoformat(day)
    except ValueError:
        raise NotFound(_("There is no such day of a rule.")) from None
    return render(request, "coverage/unjudged.html", day_context(code, asked, request.viewer))
