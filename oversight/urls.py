"""Every page; who may open which stands in oversight/access.py. The live stream and /healthz are answered before Django (asgi.py)."""

from django.urls import URLPattern, URLResolver, include, path

from oversight.accounts.views import set_language

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", include("oversight.api.urls")),  # first: programs ask far more often than people
    path("", include("oversight.center.urls")),
    path("aftercare/", include("oversight.aftercare.urls")),
    path("cases/", include("oversight.cases.urls")),
    path("ledger/", include("oversight.business.urls")),
    path("duty/", include("oversight.duty.urls")),
    path("accounts/", include("oversight.accounts.urls")),
    path("language/", set_language, name="set_language"),
    path("intake/", include("oversight.intake.urls")),
    path("coverage/", include("oversight.coverage.urls")),
    path("coverage/sweeps/", include("oversight.sweeps.urls")),
    path("coverage/evaluations/", include("oversight.evaluations.urls")),
    path("checklist/", include("oversight.checklist.urls")),
    path("breakers/", include("oversight.breakers.urls")),
    path("suppressions/", include("oversight.suppressions.urls")),
    path("measures/", include("oversight.measures.urls")),
    path("recusal/", include("oversight.recusal.urls")),
    path("orders/", include("oversight.orders.urls")),
    path("rules/", include("oversight.rules.urls")),
    path("cycle/", include("oversight.cycle.urls")),
    path("documents/", include("oversight.documents.urls")),
    path("wall/", include("oversight.wall.urls")),
    path("audit/", include("oversight.trail.urls")),
]

handler400 = "oversight.errors.bad_request"
handler403 = "oversight.errors.permission_denied"
handler404 = "oversight.errors.not_found"
handler500 = "oversight.errors.server_error"
