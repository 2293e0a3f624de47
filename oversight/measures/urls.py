from django.urls import URLPattern, path

from oversight.measures import own_views, settling_views, views
from oversight.measures.catalogue import KINDS
from oversight.measures.joint import views as joint_views

app_name = "measures"


def _of_kind(code: str) -> list[URLPattern]:
    """The pages every kind has."""
    given = {"kind": code}
    return [
        path(f"{code}/", views.measures, given, name=code),
        path(f"{code}/propose/<str:case>/", views.propose, given, name=f"{code}-propose"),
        path(f"{code}/<str:number>/", views.measure, given, name=f"{code}-one"),
        path(f"{code}/<str:number>/<slug:act>/", views.act, given, name=f"{code}-act"),
    ]


urlpatterns = [
    path("interviews/calendar/", views.calendar, name="calendar"),
    path("joint/", settling_views.joint, name="joint"),
    path("joint/mine/", joint_views.mine, name="joint-mine"),
    path("joint/points/", joint_views.points, name="joint-points"),
    path("joint/draft/", settling_views.draft, name="joint-draft"),
    path("joint/publish/", settling_views.publish, name="joint-publish"),
    path("joint/<str:number>/exempt/", settling_views.exempt, name="joint-exempt"),
    path("offices/", settling_views.offices, name="offices"),
    path("offices/change/", settling_views.change_office, name="offices-change"),
    path("mine/", own_views.mine, name="mine"),
    path("mine/<str:kind>/<str:number>/", own_views.one, name="mine-one"),
    path("mine/<str:kind>/<str:number>/sign/", own_views.sign, name="mine-sign"),
    *(pattern for code in KINDS for pattern in _of_kind(code)),
]
