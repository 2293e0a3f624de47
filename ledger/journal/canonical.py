"""The one text form of what was recorded, and its hash. Frozen: old data keeps it, the offline verifier repeats it."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

# In no text that is kept; between others it stands as an escape that no other text contains.
_APART = "\0"
_quoted = json.encoder.encode_basestring
_encoder = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False)


def canonical_json(value: Any) -> str:
    """JSON with sorted keys, no spaces and characters as they are, so that equal content is equal text."""
    return _encoder.encode(value)


def canonical_texts(values: Sequence[Any]) -> list[str]:
    """canonical_json of each, in one call of the encoder, whose start costs as much as a small value."""
    together = _encoder.encode([part for value in values for part in (value, _APART)])
    texts = together[1:].split(f",{_encoder.encode(_APART)},")
    texts[-1] = texts[-1].removesuffix(f",{_encoder.encode(_APART)}]")
    return texts if len(texts) == len(values) else [canonical_json(value) for value in values]


def moment_text(moment: datetime) -> str:
    """An aware moment as UTC ISO 8601 ending in Z, e.g. 2026-03-01T00:30:00Z."""
    return moment.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


def moment_of(text: str) -> datetime:
    return datetime.fromisoformat(text)


def leaf_hash(text: str) -> str:
    """The leaf hash of RFC 9162, section 2.1.1: SHA-256(0x00 ‖ data), in hex."""
    return hashlib.sha256(b"\x00" + text.encode()).hexdigest()


def content_digest(content: dict[str, Any]) -> str:
    """What decides whether a delivery says anything new; marks are our own remarks and no part of it."""
    return text_digest(canonical_json({key: value for key, value in content.items() if key != "marks"}))


def text_digest(text: str) -> str:
    """The digest of content without marks, from its canonical JSON."""
    return hashlib.sha256(text.encode()).hexdigest()


def record_text(*, kind: str, source: str, key: str, number: int, arrived_at: str, content: dict[str, Any]) -> str:
    """The canonical text of one version of a record that is no transaction."""
    return canonical_json({"kind": kind, "source": source, "key": key, "number": number, "arrived_at": arrived_at, "content": content})


def version_text(*, source: str, serial_no: str, number: int, part: str, arrived_at: str, content: str) -> str:
    """The canonical text of one version. `arrived_at` as moment_text gives it, `content` as canonical_json does."""
    return (
        f'{{"arrived_at":{_quoted(arrived_at)},"content":{content},"number":{number},"part":{_quoted(part)},'
        f'"serial_no":{_quoted(serial_no)},"source":{_quoted(source)}}}'
    )
