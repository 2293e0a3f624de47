"""What a business line declares about itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from django.utils.functional import Promise

AttributeKind = Literal["text", "number", "time", "digest", "personal"]


@dataclass(frozen=True)
class Attribute:
    """A standard extra column of a line's transactions.

    `text` is grouped by, `number` and `time` are measured, `digest` is only ever compared for equality, `personal` is that and belongs
    to a citizen. `column` is the Chinese column name under which files may carry it.
    """

    kind: AttributeKind
    title: str | Promise
    column: str = ""


@dataclass(frozen=True)
class Line:
    """One of the business lines of traffic management: its business types and the attributes its records carry."""

    code: str
    title: str | Promise
    actions: Mapping[str, str | Promise]
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
