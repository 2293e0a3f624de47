"""Keyed 64-bit hashes in place of identity numbers, plates and digests: equal stays equal, nothing can be read back."""

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import numpy as np
import pandas as pd
from django.conf import settings

SEPARATOR = "\x1f"
KEY_BYTES = 64


@lru_cache(maxsize=4)
def _keyed(key: bytes) -> Any:
    """A hasher that has swallowed the key; copied for every value."""
    return blake2b(digest_size=8, key=key)


def key64(text: str) -> int:
    """The signed 64-bit key of a text; empty text (unknown) is 0."""
    if not text:
        return 0
    hasher = _keyed(settings.HASH_KEY[:KEY_BYTES]).copy()
    hasher.update(text.encode())
    return int.from_bytes(hasher.digest(), "big", signed=True)


def keys64(texts: Iterable[str]) -> np.ndarray:
    """key64 of many texts as int64; each different text is hashed once."""
    codes, uniques = pd.factorize(np.asarray(list(texts), dtype=object))
    if not len(uniques):
        return np.zeros(len(codes), dtype=np.int64)
    fresh = _keyed(settings.HASH_KEY[:KEY_BYTES]).copy
    hashers = [fresh() for _ in uniques]
    for hasher, text in zip(hashers, uniques, strict=True):
        hasher.update(text.encode())
    keys = np.frombuffer(b"".join([hasher.digest() for hasher in hashers]), dtype=">i8").astype(np.int64)
    return np.where(np.asarray(uniques == ""), 0, keys)[codes]


def tie(source: str, serial_no: str) -> int:
    """The key of a transaction's identity, which orders equal times and finds related transactions; 0 without a serial number."""
    return key64(f"{source}{SEPARATOR}{serial_no}") if serial_no else 0
