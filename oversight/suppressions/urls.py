from django.urls import path

from oversight.suppressions import views

app_name = "suppressions"
urlpatterns = [
    path("", views.suppressions, name="suppressions"),
    path("ask/", views.ask, name="ask"),
    path("<str:number>/", views.suppression, name="suppression"),
    path("<str:number>/decide/", views.decide, name="decide"),
    path("<str:number>/end/", views.end, name="end"),
]
