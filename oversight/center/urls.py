from django.urls import path

from oversight.center import export, keeping, listing, views

app_name = "center"
urlpatterns = [
    path("", views.workbench, name="workbench"),
    path("alerts/", listing.alerts, name="alerts"),
    path("alerts/many/", listing.many, name="many"),
    path("alerts/next/", listing.following, name="next"),
    path("alerts/export/", export.export, name="export"),
    path("alerts/views/save/", keeping.save, name="view-save"),
    path("alerts/views/<int:view>/change/", keeping.change, name="view-change"),
    path("alerts/views/<int:view>/delete/", keeping.delete, name="view-delete"),
    path("alerts/duty/", views.duty_strip, name="duty"),
    path("alerts/<str:number>/", views.alert, name="alert"),
    path("alerts/<str:number>/row/", views.row, name="row"),
    path("alerts/<str:number>/kin/", listing.kin, name="kin"),
    path("alerts/<str:number>/preview/", views.preview, name="preview"),
    path("alerts/<str:number>/acknowledge/", views.acknowledge, name="acknowledge"),
    path("alerts/<str:number>/dismiss/", views.dismiss, name="dismiss"),
    path("alerts/<str:number>/comment/", views.comment, name="comment"),
    path("transactions/<path:identity>/", views.transaction, name="transaction"),
]
