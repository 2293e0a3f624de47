from django.urls import path

from oversight.checklist import draft_views, holes, powers, sheet_views, signing, views

app_name = "checklist"
urlpatterns = [
    path("", views.items, name="items"),
    path("items/<str:no>/", views.item, name="item"),
    path("powers/", views.powers, name="powers"),
    path("versions/", views.versions, name="versions"),
    path("versions/<int:version>/roll-back/", draft_views.roll_back, name="roll-back"),
    path("diff/", views.diff, name="diff"),
    path("export/", sheet_views.export, name="export"),
    path("draft/", draft_views.draft, name="draft"),
    path("draft/items/", draft_views.new, name="new"),
    path("draft/items/<str:no>/", draft_views.edit, name="edit"),
    path("draft/power/", powers.power, name="power"),
    path("draft/rules/<str:code>/take/", draft_views.take, name="take"),
    path("draft/rules/<str:code>/waive/", draft_views.waive, name="waive"),
    path("draft/rules/<str:code>/release/", draft_views.release, name="release"),
    path("draft/sheet/", sheet_views.sheet, name="sheet"),
    path("draft/sheet/take/", sheet_views.take, name="sheet-take"),
    path("draft/submit/", draft_views.submit, name="submit"),
    path("draft/withdraw/", draft_views.withdraw, name="withdraw"),
    path("draft/return/", draft_views.give_back, name="return"),
    path("draft/publish/", draft_views.publish, name="publish"),
    path("draft/discard/", draft_views.discard, name="discard"),
    path("mine/", signing.mine, name="mine"),
    path("mine/sign/", signing.sign, name="sign"),
    path("signing/", signing.overview, name="signing"),
    path("signing/assign/", signing.assign, name="assign"),
    path("signing/<int:assignment>/end/", signing.end_assignment, name="assignment-end"),
    path("coverage/", holes.coverage, name="coverage"),
    path("coverage/export/", holes.export, name="coverage-export"),
]
