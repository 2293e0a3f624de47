from django.urls import path

from oversight.center import views

app_name = "center"
urlpatterns = [
    path("", views.workbench, name="workbench"),
    path("alerts/", views.alerts, name="alerts"),
    path("alerts/duty/", views.duty_strip, name="duty"),
    path("alerts/<str:number>/", views.alert, name="alert"),
    path("alerts/<str:number>/row/", views.row, name="row"),
    path("alerts/<str:number>/preview/", views.preview, name="preview"),
    path("alerts/<str:number>/acknowledge/", views.acknowledge, name="acknowledge"),
    path("alerts/<str:number>/dismiss/", views.dismiss, name="dismiss"),
    path("alerts/<str:number>/comment/", views.comment, name="comment"),
]
