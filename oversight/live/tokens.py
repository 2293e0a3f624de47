"""Places in the event stream as opaque text.

Positions are consecutive, so a plain one as event id would let anybody count the events hidden from them by the gaps. What a client
gets is the position encrypted under a fresh nonce: two tokens of one position differ, and only the same user can hand one back.
"""

import base64
import binascii
import hmac
import secrets
from functools import lru_cache

from django.conf import settings

NONCE, BODY, TAG = 12, 8, 13
LENGTH = (NONCE + BODY + TAG) * 4 // 3


@lru_cache(maxsize=4)
def _keys(secret: str) -> tuple[bytes, bytes]:
    """The cipher key and the tag key, both derived from SECRET_KEY for this purpose alone."""
    cipher, tag = (hmac.digest(secret.encode(), b"oversight.live.tokens/" + purpose, "sha256") for purpose in (b"cipher", b"tag"))
    return cipher, tag


def _masked(body: bytes, nonce: bytes, key: bytes) -> bytes:
    """`body` xor the keystream of `nonce`; the same call encrypts and decrypts."""
    stream = hmac.digest(key, nonce, "sha256")
    return bytes(a ^ b for a, b in zip(body, stream, strict=False))


def _tag(nonce: bytes, body: bytes, user_id: int, key: bytes) -> bytes:
    return hmac.digest(key, user_id.to_bytes(8, "big") + nonce + body, "sha256")[:TAG]


def seal_position(position: int, *, user_id: int) -> str:
    """The token of a stream position for one user: 44 url-safe characters, different at every call."""
    cipher, tag = _keys(settings.SECRET_KEY)
    nonce = secrets.token_bytes(NONCE)
    body = _masked(position.to_bytes(BODY, "big"), nonce, cipher)
    return base64.urlsafe_b64encode(nonce + body + _tag(nonce, body, user_id, tag)).decode("ascii")


def open_token(token: str, *, user_id: int) -> int | None:
    """The position behind a token; None when it was not made here for this user."""
    if len(token) != LENGTH or not token.isascii():
        return None
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
    except binascii.Error:
        return None
    cipher, tag = _keys(settings.SECRET_KEY)
    nonce, body, given = raw[:NONCE], raw[NONCE : NONCE + BODY], raw[NONCE + BODY :]
    if not hmac.compare_digest(given, _tag(nonce, body, user_id, tag)):
        return None
    return int.from_bytes(_masked(body, nonce, cipher), "big")
