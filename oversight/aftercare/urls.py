from django.urls import path

from oversight.aftercare import views

app_name = "aftercare"
urlpatterns = [
    path("", views.watches, name="watches"),
    path("policy/", views.policy, name="policy"),
    path("policy/save/", views.save, name="policy-save"),
]
