from django.urls import path

from oversight.intake import sources, views

app_name = "intake"
urlpatterns = [
    path("", views.deliveries, name="deliveries"),
    path("sources/", sources.sources, name="sources"),
    path("sources/<str:kind>/<path:source>/", sources.source, name="source"),
]
