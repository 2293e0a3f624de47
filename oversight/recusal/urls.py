from django.urls import path

from oversight.recusal import views

app_name = "recusal"
urlpatterns = [
    path("", views.relations, name="relations"),
    path("ask/", views.ask, name="ask"),
    path("<int:pk>/decide/", views.decide, name="decide"),
]
