"""Where documents get their fields from: each room that has something to put on paper registers it here at start.

register("rectification_notice", resolve=rectification, offers=orders_of)
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from ledger.kit.errors import NotFound
from ledger.roster.models import Unit, User
from oversight.cases.models import Case
from oversight.documents.catalogue import KINDS
from oversight.documents.kinds import DocumentKind


@dataclass(frozen=True)
class Material:
    """What a document is made from: the case it belongs to, its fields by name, and the units it is addressed to.

    A party of the case sees the documents addressed to its unit or one below it, and no other.
    """

    case: Case
    fields: Mapping[str, Any]
    units: tuple[Unit, ...] = ()


@dataclass(frozen=True)
class Offer:
    """Something of a case that a document can be made about: its number and what people call it."""

    about: str
    label: str


Resolve = Callable[[User, str], Material]
Offers = Callable[[Case], Iterable[Offer]]


@dataclass(frozen=True)
class Source:
    """`resolve(user, number)` gives the material; it raises NotFound for what is not there or not theirs to see, Conflict or NotAllowed
    for what cannot be put on paper yet. `offers(case)` lists what there is; it need not ask who looks, only who sees the case does."""

    resolve: Resolve
    offers: Offers


_SOURCES: dict[str, Source] = {}


def register(kind: str, *, resolve: Resolve, offers: Offers) -> None:
    """Raises KeyError for an unknown kind, ValueError for one that has a source."""
    if KINDS[kind].code in _SOURCES:
        raise ValueError(f"{kind} has a source already")
    _SOURCES[kind] = Source(resolve, offers)


def source_of(kind: str) -> tuple[DocumentKind, Source]:
    """Raises NotFound for a kind of which nothing can be made."""
    source = _SOURCES.get(kind)
    if source is None:
        raise NotFound(_("There is no such kind of document."))
    return KINDS[kind], source


def source_known(kind: str) -> bool:
    return kind in _SOURCES


def offers_of(case: Case) -> list[tuple[DocumentKind, Offer]]:
    """Every document that can be made of a case, in the order of the catalogue."""
    return [(kind, offer) for code, kind in KINDS.items() if code in _SOURCES for offer in _SOURCES[code].offers(case)]
