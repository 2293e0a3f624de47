"""Who calls: a business system by its token, in `Authorization: Token …`. A person's login opens nothing here."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from ledger.intake.models import ApiToken
from ledger.intake.tokens import token_of

KEYWORD = "Token"


class TokenAuthentication(BaseAuthentication):
    """`request.auth` is the token; there is no user behind it."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, ApiToken] | None:
        words = request.META.get("HTTP_AUTHORIZATION", "").split()
        if not words or words[0].lower() != KEYWORD.lower():
            return None
        token = token_of(words[1]) if len(words) == 2 else None
        if token is None:
            raise AuthenticationFailed(_("The token is not known, or was revoked."))
        return AnonymousUser(), token

    def authenticate_header(self, request: Request) -> str:
        return KEYWORD


class HasScope(BasePermission):
    """The token may do what the view's `scope` names."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, ApiToken):
            return False
        self.message = _("The token “%(name)s” lacks the scope %(scope)s.") % {"name": request.auth.name, "scope": view.scope}
        return view.scope in request.auth.scopes


class TokenScheme(OpenApiAuthenticationExtension):
    """How the schema describes the token."""

    target_class = "oversight.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "`Token ` and the secret that add_token printed."}
