from django.urls import path

from oversight.cycle import answering, papers, views
from oversight.cycle.export import export

app_name = "cycle"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("tasks/", views.tasks, name="tasks"),
    path("export/", export, name="export"),
    path("findings/", views.findings, name="findings"),
    path("findings/<int:answer>/note/", views.note, name="note"),
    path("proposals/", views.proposals, name="proposals"),
    path("proposals/<int:proposal>/decide/", views.decide, name="decide"),
    path("terms/", views.policy, name="terms"),
    path("summaries/make/", papers.make, name="summary-make"),
    path("summaries/<str:number>/", papers.summary, name="summary"),
    path("summaries/<str:number>/print/", papers.print_page, name="summary-print"),
    path("summaries/<str:number>/word/", papers.word, name="summary-word"),
    path("summaries/<str:number>/pdf/", papers.pdf, name="summary-pdf"),
    path("tasks/<str:number>/", views.task, name="task"),
    path("tasks/<str:number>/review/", views.review, name="review"),
    path("tasks/<str:number>/fill/", answering.fill, name="fill"),
    path("tasks/<str:number>/draft/", answering.draft, name="draft"),
    path("tasks/<str:number>/papers/<int:paper>/", answering.paper, name="paper"),
    path("tasks/<str:number>/papers/<int:paper>/drop/", answering.drop_paper, name="paper-drop"),
    path("tasks/<str:number>/items/<int:answer>/attach/", answering.attach, name="attach"),
    path("tasks/<str:number>/items/<int:answer>/attach/begin/", answering.begin_sending, name="attach-begin"),
    path("tasks/<str:number>/items/<int:answer>/attach/piece/<str:token>/", answering.piece, name="attach-piece"),
]
