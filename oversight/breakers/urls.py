from django.urls import path

from oversight.breakers import policy_views, views

app_name = "breakers"
urlpatterns = [
    path("", views.breakers, name="breakers"),
    path("propose/", views.propose, name="propose"),
    path("policies/", policy_views.policies, name="policies"),
    path("policies/<str:kind>/", policy_views.policy, name="policy"),
    path("policies/<str:kind>/save/", policy_views.save, name="save"),
    path("policies/<str:number>/simulate/", policy_views.simulate, name="simulate"),
    path("policies/<str:number>/ask/", policy_views.ask_policy, name="ask_policy"),
    path("policies/<str:number>/decide/", policy_views.decide_policy, name="decide_policy"),
    path("<str:number>/", views.breaker, name="breaker"),
    path("<str:number>/trip/", views.trip, name="trip"),
    path("<str:number>/lift/", views.lift, name="lift"),
    path("<str:number>/appeal/", views.appeal, name="appeal"),
    path("<str:number>/answer/", views.answer, name="answer"),
    path("<str:number>/review/", views.review, name="review"),
]
