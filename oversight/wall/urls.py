from django.urls import path

from oversight.wall import drill, screens, views

app_name = "wall"
urlpatterns = [
    path("", views.wall, name="wall"),
    path("screen/", views.screen, name="screen"),
    path("alerts/", drill.alerts, name="alerts"),
    path("rules/", drill.rules, name="rules"),
    path("sources/", drill.sources, name="sources"),
    path("screens/", screens.screens, name="screens"),
    path("screens/<str:number>/revoke/", screens.revoke, name="revoke"),
]
