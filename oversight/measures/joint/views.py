"""我的联带, and the register of joint points."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from oversight.measures.joint.borne import Wanted
from oversight.measures.joint.telling import own_context, register_context
from oversight.viewer import ConsoleRequest


@require_GET
def mine(request: ConsoleRequest) -> HttpResponse:
    return render(request, "measures/joint_mine.html", own_context(request.viewer, Wanted.read(request.GET)))


@require_GET
def points(request: ConsoleRequest) -> HttpResponse:
    return render(request, "measures/joint_points.html", register_context(request.viewer, Wanted.read(request.GET)))
