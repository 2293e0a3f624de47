from django.urls import path

from oversight.sweeps import views

app_name = "sweeps"
urlpatterns = [
    path("", views.sweeps, name="sweeps"),
    path("order/", views.order, name="order"),
    path("<str:number>/pause/", views.pause, name="pause"),
    path("<str:number>/resume/", views.resume, name="resume"),
    path("<str:number>/stop/", views.stop, name="stop"),
]
