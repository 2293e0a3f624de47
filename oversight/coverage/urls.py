from django.urls import path

from oversight.coverage import views

app_name = "coverage"
urlpatterns = [
    path("", views.matrix, name="matrix"),
    path("peers/<str:code>/<str:day>/", views.unjudged, name="unjudged"),
]
