from django.urls import path

from oversight.rules import draft_views, views

app_name = "rules"
urlpatterns = [
    path("", views.rules, name="rules"),
    path("health/", views.health, name="health"),
    path("new/", draft_views.new, name="new"),
    path("<str:code>/", views.rule, name="rule"),
    path("<str:code>/edit/", draft_views.edit, name="edit"),
    path("<str:code>/draft/", draft_views.draft, name="draft"),
    path("<str:code>/draft/discard/", draft_views.drop, name="discard"),
    path("<str:code>/draft/play/", draft_views.play, name="play"),
    path("<str:code>/draft/cancel/", draft_views.call_off, name="cancel"),
]
