from django.urls import path

from oversight.business import views

app_name = "business"
urlpatterns = [
    path("", views.search, name="search"),
    path("transactions/<path:identity>/", views.transaction, name="transaction"),
    path("reveal/<path:identity>/", views.reveal, name="reveal"),
    path("alerts/<str:number>/", views.alert, name="alert"),
    path("subjects/<str:kind>/<path:code>/", views.subject, name="subject"),
]
