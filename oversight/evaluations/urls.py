from django.urls import path

from oversight.evaluations import views

app_name = "evaluations"
urlpatterns = [
    path("", views.evaluations, name="evaluations"),
    path("upload/", views.upload, name="upload"),
    path("labels/<int:labels>/run/", views.run, name="run"),
    path("<str:number>/", views.evaluation, name="evaluation"),
]
