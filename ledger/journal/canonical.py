"""The one text form of what was recorded, and its hash. Frozen: old data keeps it, the offline verifier repeats it."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import orjson

_quoted = json.encoder.encode_basestring


def canonical_json(value: Any) -> str:
    """JSON with sorted keys, no spaces and characters as they are, so that equal content is equal text.

    What `json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))` says, for text, whole numbers, truth values, lists
    and tables of these; there are no others in what is kept. Raises TypeError for anything else, floating numbers apart.
    """
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


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
