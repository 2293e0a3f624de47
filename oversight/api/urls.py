from django.urls import path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.negotiation import DefaultContentNegotiation

from ledger.intake.reading.kinds import KINDS
from oversight.api.alerts import AlertsView, AlertView
from oversight.api.checks import CheckView
from oversight.api.rulebook import ChecklistView, RulesView
from oversight.api.views import view_of

app_name = "api"
urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(throttle_classes=[], content_negotiation_class=DefaultContentNegotiation), name="schema"),
    *(path(f"v1/{kind.code}/", view_of(kind), name=kind.code) for kind in KINDS.values()),
    path("v1/breakers/check", CheckView.as_view(), name="breakers_check"),
    path("v1/alerts/", AlertsView.as_view(), name="alerts"),
    path("v1/alerts/<str:number>/", AlertView.as_view(), name="alert"),
    path("v1/rules/", RulesView.as_view(), name="rules"),
    path("v1/checklist/", ChecklistView.as_view(), name="checklist"),
]
