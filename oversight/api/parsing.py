"""What is read and written: JSON, in bodies of bounded size."""

from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser

from ledger.kit.errors import TooLarge

MOST_BYTES = 16 * 1024**2


class BodyParser(BaseParser):
    """A JSON body as its bytes, which the service reads and whose digest it keeps. Raises TooLarge beyond MOST_BYTES."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> bytes:
        body = stream.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise TooLarge(_("The body is larger than %(limit)s bytes; send fewer records at once.") % {"limit": MOST_BYTES})
        return body


class AlwaysJson(DefaultContentNegotiation):
    """Answers are JSON whatever `Accept` says."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> tuple[Any, str]:
        return renderers[0], renderers[0].media_type
