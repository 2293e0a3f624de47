"""覆盖与健康: what the rules have seen, what waits, what was missed. Counts only: nothing here says that an alert exists."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ledger.kit.days import today
from ledger.lines import lines
from oversight.coverage.presenting import PERIODS, Wanted, coverage_context
from oversight.viewer import ConsoleRequest


@require_GET
def matrix(request: ConsoleRequest) -> HttpResponse:
    period, line = request.GET.get("days", ""), request.GET.get("line", "")
    wanted = Wanted(
        days=int(period) if period in {str(number) for number in PERIODS} else PERIODS[0],
        line=line if line in {*lines(), "common"} else "",
        troubled=request.GET.get("troubled") == "1",
    )
    return render(request, "coverage/matrix.html", coverage_context(wanted, today()))
