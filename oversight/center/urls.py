from django.urls import path

from oversight.center import acts, export, keeping, listing, views

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
    path("alerts/counts/", views.counts, name="counts"),
    path("alerts/<str:number>/", views.alert, name="alert"),
    path("alerts/<str:number>/row/", views.row, name="row"),
    path("alerts/<str:number>/kin/", listing.kin, name="kin"),
    path("alerts/<str:number>/preview/", views.preview, name="preview"),
    path("alerts/<str:number>/handlers/", views.handlers, name="handlers"),
    path("alerts/<str:number>/dispatch/", views.onward, {"way": "dispatch"}, name="dispatch"),
    path("alerts/<str:number>/escalate/", views.onward, {"way": "escalate"}, name="escalate"),
    path("alerts/<str:number>/acknowledge/", acts.acknowledge, name="acknowledge"),
    path("alerts/<str:number>/check/", acts.check, name="check"),
    path("alerts/<str:number>/dismiss/", acts.dismiss, name="dismiss"),
    path("alerts/<str:number>/snooze/", acts.snooze, name="snooze"),
    path("alerts/<str:number>/wake/", acts.wake, name="wake"),
    path("alerts/<str:number>/assign/", acts.assign, name="assign"),
    path("alerts/<str:number>/issue/", acts.issue, name="issue"),
    path("alerts/<str:number>/confirm/", acts.confirm, name="confirm"),
    path("alerts/<str:number>/return/", acts.send_back, name="return"),
    path("alerts/<str:number>/uphold/", acts.uphold, name="uphold"),
    path("alerts/<str:number>/overturn/", acts.overturn, name="overturn"),
    path("alerts/<str:number>/undo/", acts.undo, name="undo"),
    path("alerts/<str:number>/comment/", acts.comment, name="comment"),
]
