from django.urls import path

from oversight.cases import acts, views
from oversight.cases.escalations import views as escalations
from oversight.cases.policy import views as policy

app_name = "cases"
urlpatterns = [
    path("", views.cases, name="cases"),
    path("dispatch/<str:number>/", views.dispatch, name="dispatch"),
    path("policy/", policy.policy, name="policy"),
    path("policy/departments/", policy.departments, name="policy-departments"),
    path("policy/levels/<str:level>/", policy.save, name="policy-save"),
    path("escalations/", escalations.escalations, name="escalations"),
    path("escalations/<str:escalation>/receive/", acts.receive_escalation, name="escalation-receive"),
    path("escalations/<str:escalation>/instruct/", acts.instruct_escalation, name="escalation-instruct"),
    path("escalations/<str:escalation>/finish/", acts.finish_escalation, name="escalation-finish"),
    path("<str:case>/", views.case, name="case"),
    path("<str:case>/approve/", acts.approve, name="approve"),
    path("<str:case>/return/", acts.send_dispatch_back, name="return"),
    path("<str:case>/ask/", acts.ask, name="ask"),
    path("<str:case>/propose/", acts.propose, name="propose"),
    path("<str:case>/close/", acts.close, name="close"),
    path("<str:case>/send-back/", acts.send_back, name="send-back"),
    path("<str:case>/reopen/", acts.reopen, name="reopen"),
    path("<str:case>/instruct/", acts.instruct, name="instruct"),
    path("<str:case>/comment/", acts.comment, name="comment"),
    path("<str:case>/hand-over/", acts.hand_over, name="hand-over"),
    path("<str:case>/seal/", acts.seal, name="seal"),
    path("<str:case>/unseal/", acts.unseal, name="unseal"),
    path("<str:case>/led-by/", acts.led_by, name="led-by"),
    path("<str:case>/led-end/", acts.led_end, name="led-end"),
    path("<str:case>/escalate/", acts.escalate, name="escalate"),
    path("<str:case>/parties/<int:party>/sign/", acts.sign, name="party-sign"),
    path("<str:case>/parties/<int:party>/report/", acts.report, name="party-report"),
    path("<str:case>/parties/<int:party>/return/", acts.return_duty, name="party-return"),
    path("<str:case>/parties/<int:party>/remind/", acts.remind, name="party-remind"),
]
