from django.urls import path

from oversight.documents import template_views, views

app_name = "documents"
urlpatterns = [
    path("", views.documents, name="documents"),
    path("draft/", views.draft, name="draft"),
    path("make/", views.make, name="make"),
    path("templates/", template_views.templates, name="templates"),
    path("templates/<str:kind>/", template_views.template, name="template"),
    path("templates/<str:kind>/<int:version>/", template_views.template_file, name="template_file"),
    path("templates/<str:kind>/<int:version>/put-back/", template_views.put_back, name="put_back"),
    path("<str:number>/", views.document, name="document"),
    path("<str:number>/print/", views.print_page, name="print"),
    path("<str:number>/word/", views.word, name="word"),
    path("<str:number>/pdf/", views.pdf, name="pdf"),
]
