from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from oversight.aftercare.listing import watches_context
from oversight.viewer import ConsoleRequest


@require_GET
def watches(request: ConsoleRequest) -> HttpResponse:
    context = watches_context(request.viewer, request.GET.get("tab", ""), request.GET.get("from", ""))
    return render(request, "aftercare/watches.html", context)
