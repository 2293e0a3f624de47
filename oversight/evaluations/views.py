"""检出评估: how well the alerts find what is labelled; labels are put up here, an evaluation is ordered, its figures are kept and shown."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ledger.kit.errors import BadInput, MingjingError, NotFound, TooLarge
from oversight.evaluations.figures import detail_context
from oversight.evaluations.presenting import list_context
from oversight.intake.incoming import too_large
from oversight.viewer import ConsoleRequest
from risk.evaluation import services
from risk.evaluation.models import Evaluation


@require_GET
def evaluations(request: ConsoleRequest) -> HttpResponse:
    """The form, the kept labels and the history; `fragment=live` is the history, asked for again while one is worked."""
    context = list_context(request.GET.get("before", ""))
    return render(request, _template(request, "evaluations/_history.html", "evaluations/evaluations.html"), context)


@require_GET
def evaluation(request: ConsoleRequest, number: str) -> HttpResponse:
    """One evaluation; `fragment=live` is its state, which reloads the page once there are figures."""
    found = Evaluation.objects.select_related("labels", "ordered_by").filter(number=number).first()
    if found is None:
        raise NotFound(_("There is no evaluation %(number)s.") % {"number": number})
    context = detail_context(request.viewer, found)
    answer = render(request, _template(request, "evaluations/_state.html", "evaluations/evaluation.html"), context)
    if request.GET.get("fragment") == "live" and not context["live_url"]:
        answer["HX-Refresh"] = "true"
    return answer


@require_POST
def upload(request: ConsoleRequest) -> HttpResponse:
    """Keep the labels and evaluate with them; what will not do comes back with the form."""
    try:
        made = _kept_and_ordered(request)
    except MingjingError as error:
        return _refused(request, error, source=request.POST.get("source", ""))
    return _ordered(request, made)


@require_POST
def run(request: ConsoleRequest, labels: int) -> HttpResponse:
    """Evaluate once more with labels that are kept."""
    try:
        made = services.order_evaluation(labels_id=labels, actor=request.user, address=request.viewer.address)
    except NotFound:
        raise
    except MingjingError as error:
        return _refused(request, error)
    return _ordered(request, made)


@transaction.atomic
def _kept_and_ordered(request: ConsoleRequest) -> Evaluation:
    if too_large(request):
        raise TooLarge(_("The file is larger than this instance takes; it was not read."))
    sent = request.FILES.get("file")
    if sent is None:
        raise BadInput(_("Choose a file of labels first."))
    who: dict[str, Any] = {"actor": request.user, "address": request.viewer.address}
    content = sent.read(services.MAX_BYTES + 1)
    kept = services.keep_labels(content=content, name=sent.name or "labels.csv", source=request.POST.get("source", ""), **who)
    return services.order_evaluation(labels_id=kept.pk, **who)


def _ordered(request: ConsoleRequest, made: Evaluation) -> HttpResponseRedirect:
    messages.success(request, _("The evaluation %(number)s is ordered; it begins within seconds.") % {"number": made.number})
    return redirect("evaluations:evaluation", number=made.number)


def _refused(request: ConsoleRequest, error: MingjingError, source: str = "") -> HttpResponse:
    context = list_context("") | {"problem": str(error), "typed_source": source}
    return render(request, "evaluations/evaluations.html", context, status=error.status)


def _template(request: ConsoleRequest, part: str, whole: str) -> str:
    return part if request.GET.get("fragment") == "live" else whole
