from django.urls import path

from oversight.trail import views

app_name = "trail"
urlpatterns = [path("", views.entries, name="entries")]
