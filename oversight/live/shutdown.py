"""Hearing of the end of the server in time: a server waits for open streams before it tells the application that it stops."""

import asyncio
import signal
import threading
from collections.abc import Callable
from types import FrameType


def before_exit(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
    """Call `callback` on the loop at SIGTERM or SIGINT, then what the server had set for it. Only the main thread can ask for this."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGTERM, signal.SIGINT):
        previous = signal.getsignal(number)
        if callable(previous):
            signal.signal(number, _both(loop, callback, previous))


def _both(
    loop: asyncio.AbstractEventLoop, callback: Callable[[], None], previous: Callable[[int, FrameType | None], object]
) -> Callable[[int, FrameType | None], None]:
    def handler(number: int, frame: FrameType | None) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(callback)
        previous(number, frame)

    return handler
