from django.urls import path

from oversight.intake import views

app_name = "intake"
urlpatterns = [path("", views.deliveries, name="deliveries")]
