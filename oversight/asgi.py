"""What the web server runs: the live stream and the health answer as bare ASGI, everything else Django.

A stream through a Django view would hold one thread each for hours. Calls that come before every item of business have threads of their
own.
"""

import gc
import os
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oversight.settings")
pages = get_asgi_application()

from django.urls import get_resolver  # noqa: E402

from oversight.api.kept_threads import PATHS, KeptThreads  # noqa: E402  — their models need Django set up.
from oversight.live.asgi import application as live_stream  # noqa: E402

HEALTH_PATH = "/healthz"
STREAM_PREFIX = "/sse/"
calls = KeptThreads()
# All code of the pages is loaded now and stays: a list of thousands of alerts sets the collector off, which looked through it each time.
# It is set off by 50,000 things that may hold each other, not by 700, which a page makes many times over and lets go of by itself.
assert get_resolver().url_patterns
gc.collect()
gc.freeze()
gc.set_threshold(50_000)


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    path = scope.get("path", "")
    if path == HEALTH_PATH:
        await answer_alive(send)
    elif path.startswith(STREAM_PREFIX):
        await live_stream(scope, receive, send)
    elif path in PATHS and scope["type"] == "http":
        await calls(scope, receive, send)
    else:
        await pages(scope, receive, send)  # type: ignore[arg-type]


async def answer_alive(send: Any) -> None:
    """200 as long as this process serves; it touches no database, so that a slow one is not mistaken for a dead web server."""
    headers = [(b"content-type", b"text/plain"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok\n"})
