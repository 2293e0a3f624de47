"""Calls that come before every item of business, answered in a few threads that keep their database connections.

Django's own ASGI handler makes a thread for each request and opens the database anew in it, which costs more than such an answer does.
Import this module after django.setup(), that is below get_asgi_application() in oversight/asgi.py.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any

from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.db import connection
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

PATHS = frozenset({"/api/v1/breakers/check"})
THREADS = 8
Message = Mapping[str, Any]


class KeptThreads(ASGIHandler):
    """The ASGI application of PATHS: the middleware, addresses and views of every other request, in one of `threads`."""

    def __init__(self, threads: int = THREADS) -> None:
        super().__init__()
        self.threads = ThreadPoolExecutor(threads, thread_name_prefix="calls")

    def load_middleware(self, is_async: bool = False) -> None:
        """Whatever is asked for: a request stays in its thread from the first middleware to the view."""
        super().load_middleware(is_async=False)

    async def __call__(
        self, scope: dict[str, Any], receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        with body:
            response = await asyncio.get_running_loop().run_in_executor(self.threads, self._answer, scope, body)
            await self.send_response(response, send)

    def _answer(self, scope: dict[str, Any], body: IO[bytes]) -> HttpResponseBase:
        """Without Django's signals of a request that began and ended, upon which it would close the connection."""
        if connection.connection is not None and not connection.is_usable():
            connection.close()
        set_script_prefix(get_script_prefix(scope))
        request, refused = self.create_request(scope, body)
        if request is not None:
            return self.get_response(request)
        assert refused is not None
        return refused
