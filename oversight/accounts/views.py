"""Login, logout, password, own account and language."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout as end_session
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.views import LoginView as DjangoLoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_POST

from ledger.audit.models import AuditEntry
from ledger.audit.services import record
from ledger.kit.masking import mask_staff_no
from ledger.roster.accounts import Role
from oversight.access import address_of
from oversight.accounts import services
from oversight.accounts.forms import LoginForm, PasswordChangeForm
from oversight.center.presenters.times import full_time
from oversight.demo.cast import CAST, PASSWORD
from oversight.viewer import ConsoleRequest

LAST_LOGINS = 5


class LoginView(DjangoLoginView):
    """The login; what came of every attempt is in the audit trail. django-axes counts and locks."""

    template_name = "accounts/login.html"
    form_class = LoginForm
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        user = form.get_user()
        record("account.login", actor=user, target=user.username, address=address_of(self.request))
        if user.language:
            _remember_language(response, user.language)
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        name = str(form.data.get("username", ""))[:150]
        locked = bool(getattr(self.request, "axes_locked_out", False))
        record("account.login_locked" if locked else "account.login_failed", target=name, address=address_of(self.request))
        return super().form_invalid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        if settings.DEMO:
            context["demo_accounts"] = [{"username": part.username, "role": part.label, "password": PASSWORD} for part in CAST]
        return context


@require_POST
def logout(request: ConsoleRequest) -> HttpResponse:
    record("account.logout", actor=request.user, target=request.user.username, address=request.viewer.address)
    end_session(request)
    return redirect("accounts:login")


def password(request: ConsoleRequest) -> HttpResponse:
    form = PasswordChangeForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.change_password(user=request.user, password=form.cleaned_data["new_password1"], address=request.viewer.address)
        update_session_auth_hash(request, request.user)
        messages.success(request, _("The password is changed; your other logins have ended."))
        return redirect("accounts:profile")
    return render(request, "accounts/password_change.html", {"form": form}, status=422 if form.errors else 200)


def profile(request: ConsoleRequest) -> HttpResponse:
    viewer, user = request.viewer, request.user
    unit = next((grant.unit.name for grant in viewer.grants), "")
    language = dict(settings.LANGUAGES).get(user.language or settings.LANGUAGE_CODE)
    logins = AuditEntry.objects.filter(target=user.username, action__startswith="account.login").order_by("-id")[:LAST_LOGINS]
    results = {"account.login": _("logged in"), "account.login_failed": _("wrong password"), "account.login_locked": _("locked")}
    context = {
        "profile": [
            (_("Account"), user.username),
            (_("Name"), viewer.name),
            (_("Staff number"), mask_staff_no(user.staff_no)),
            (_("Unit"), unit),
            (_("Language"), language),
        ],
        "roles": [{"role": Role(grant.role).label, "unit": grant.unit.name, "since": grant.valid_from} for grant in viewer.grants],
        "logins": [
            {"time": full_time(entry.at), "address": entry.address, "result": results.get(entry.action, entry.action)} for entry in logins
        ],
    }
    return render(request, "accounts/profile.html", context)


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Changes the language of this browser and, for a person, of the account; then back to where they were."""
    language = services.known_language(request.POST.get("language", ""))
    if request.user.is_authenticated:
        services.choose_language(user=request.user, language=language)
    following = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(following, {request.get_host()}, require_https=request.is_secure())
    with override(language):
        response = redirect(following if safe and following else "/")
    _remember_language(response, language)
    return response


def _remember_language(response: HttpResponse, language: str) -> None:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=365 * 24 * 3600,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
