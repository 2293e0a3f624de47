from django.urls import path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.negotiation import DefaultContentNegotiation

from oversight.api.views import TransactionsView

app_name = "api"
urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(throttle_classes=[], content_negotiation_class=DefaultContentNegotiation), name="schema"),
    path("v1/transactions/", TransactionsView.as_view(), name="transactions"),
]
