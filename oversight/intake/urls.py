from django.urls import path

from oversight.intake import delivery, quarantine, sources, uploads, views

app_name = "intake"
urlpatterns = [
    path("", views.deliveries, name="deliveries"),
    path("sources/", sources.sources, name="sources"),
    path("sources/<str:kind>/<path:source>/", sources.source, name="source"),
    path("quarantine/", quarantine.quarantine, name="quarantine"),
    path("quarantine/sheet/", quarantine.sheet, name="quarantine_sheet"),
    path("quarantine/discards/", quarantine.ask, name="ask_discard"),
    path("quarantine/discards/<int:discard>/", quarantine.decide, name="decide_discard"),
    path("quarantine/<int:row>/", quarantine.refused_row, name="refused_row"),
    path("quarantine/<int:row>/whole/", quarantine.reveal_row, name="reveal_row"),
    path("<int:delivery>/", delivery.page, name="delivery"),
    path("<int:delivery>/original/", delivery.original, name="original"),
    path("upload/", uploads.page, name="upload"),
    path("upload/put/", uploads.put, name="upload-put"),
    path("upload/all/", uploads.all_mine, name="upload-all"),
    path("upload/<int:upload>/change/", uploads.change, name="upload-change"),
    path("upload/<int:upload>/sheet/", uploads.add_sheet, name="upload-sheet"),
    path("upload/<int:upload>/try/", uploads.try_out, name="upload-try"),
    path("upload/<int:upload>/take/", uploads.take, name="upload-take"),
    path("upload/<int:upload>/drop/", uploads.drop, name="upload-drop"),
]
