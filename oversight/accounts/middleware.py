"""The language of a page, and the ends of a login."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from oversight.accounts.sessions import OPENED
from oversight.viewer import ConsoleRequest

BY_ITSELF = frozenset({"center:row", "center:duty"})


class ChosenLanguageMiddleware(LocaleMiddleware):
    """The language a person chose, else Chinese: what a browser happens to prefer says nothing on a shared office machine."""

    def process_request(self, request: HttpRequest) -> None:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        translation.activate(chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE)
        request.LANGUAGE_CODE = translation.get_language()


class SessionEndsMiddleware:
    """Keeps a login open while its person does something: 30 minutes idle or 12 hours in all end it (oversight.accounts.sessions).

    What a page asks for by itself is not an act: the live stream never passes here, and the fragments it makes a page fetch do not count.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: ConsoleRequest, view: object, args: object, kwargs: object) -> None:
        if not request.user.is_authenticated:
            return
        if OPENED not in request.session:
            request.session.open()
        elif not _by_itself(request):
            request.session.touch()


def _by_itself(request: ConsoleRequest) -> bool:
    name = request.resolver_match.view_name if request.resolver_match else ""
    return request.method == "GET" and (name in BY_ITSELF or "fragment" in request.GET)
