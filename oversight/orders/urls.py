from django.urls import path

from oversight.orders import answering, views

app_name = "orders"
urlpatterns = [
    path("", views.orders, name="orders"),
    path("issue/", views.issue, name="issue"),
    path("<str:number>/", views.order, name="order"),
    path("<str:number>/response/", answering.response, name="response"),
    path("<str:number>/draft/", answering.draft, name="draft"),
    path("<str:number>/sign/", views.sign, name="sign"),
    path("<str:number>/remind/", views.remind, name="remind"),
    path("<str:number>/review/", views.review, name="review"),
    path("<str:number>/extension/", views.ask_extension, name="extension"),
    path("<str:number>/extension/decide/", views.decide_extension, name="extension-decide"),
    path("<str:number>/objection/", views.raise_objection, name="objection"),
    path("<str:number>/objection/answer/", views.answer_objection, name="objection-answer"),
    path("<str:number>/withdraw/", views.withdraw, name="withdraw"),
    path("<str:number>/attachments/", answering.attach, name="attach"),
    path("<str:number>/attachments/begin/", answering.begin_sending, name="attach-begin"),
    path("<str:number>/attachments/piece/<str:token>/", answering.piece, name="attach-piece"),
    path("<str:number>/attachments/<int:attachment>/", answering.attachment, name="attachment"),
    path("<str:number>/attachments/<int:attachment>/drop/", answering.drop_attachment, name="attachment-drop"),
]
