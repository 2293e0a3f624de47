from django.urls import path

from oversight.duty import views

app_name = "duty"
urlpatterns = [
    path("", views.shifts, name="shifts"),
    path("start/", views.start, name="start"),
    path("end/", views.end, name="end"),
    path("<int:shift>/read/", views.read, name="read"),
    path("notices/", views.notices, name="notices"),
    path("notices/read/", views.notices_read, name="notices_read"),
]
