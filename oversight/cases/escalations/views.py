from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from oversight.cases.escalations.listing import escalations_context
from oversight.viewer import ConsoleRequest


@require_GET
def escalations(request: ConsoleRequest) -> HttpResponse:
    tab, first, clock = (request.GET.get(name, "") for name in ("tab", "from", "clock"))
    context = escalations_context(request.viewer, tab, first, clock)
    return render(request, "cases/escalations.html", context)
