from django.urls import path

from oversight.intake import quarantine, views

app_name = "intake"
urlpatterns = [
    path("", views.deliveries, name="deliveries"),
    path("quarantine/", quarantine.quarantine, name="quarantine"),
    path("quarantine/sheet/", quarantine.sheet, name="quarantine_sheet"),
    path("quarantine/discards/", quarantine.ask, name="ask_discard"),
    path("quarantine/discards/<int:discard>/", quarantine.decide, name="decide_discard"),
    path("quarantine/<int:row>/", quarantine.refused_row, name="refused_row"),
    path("quarantine/<int:row>/whole/", quarantine.reveal_row, name="reveal_row"),
]
