"""What a person is shown of the substance of an order: its matter, problems and evidence. One place, so that it can be held back."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from ledger.journal.queries import transactions_named
from oversight.business.addresses import transaction_url
from oversight.viewer import Viewer

# Evidence that is printed serial by serial; its number is told in any case.
LISTED = 100


@dataclass(frozen=True)
class Shown:
    """`problems`: [{fact, clause, item, evidence [{text, url}], more}]; `evidence`: how many serials in all."""

    title: str
    problems: list[dict[str, Any]]
    evidence: int
    redacted: bool


def title_of(order: Any) -> str:
    """What an order of `visible_orders` is about, in a line."""
    return _("Matter not shown to this unit") if order.redacted else str(order.case.title)


def shown_to(viewer: Viewer, order: Any) -> Shown:
    """Of an order of `visible_orders`. Redacted, the person answers for a unit that must not learn whom the case is about: no subject, no
    facts, no evidence."""
    if order.redacted:
        problems = [
            {"fact": _("Not shown to this unit"), "clause": one["clause"], "item": one["item"], "evidence": []} for one in order.problems
        ]
        return Shown(title_of(order), problems, 0, True)
    serials = [serial for one in order.problems for serial in one["evidence"]]
    urls = _urls(viewer, serials[:LISTED])
    return Shown(title_of(order), [_problem(one, urls) for one in order.problems], len(serials), False)


def _problem(one: dict[str, Any], urls: dict[str, str]) -> dict[str, Any]:
    evidence = one["evidence"]
    listed = [{"text": serial.rpartition("/")[2], "url": urls.get(serial, "")} for serial in evidence[:LISTED]]
    return {"fact": one["fact"], "clause": one["clause"], "item": one["item"], "evidence": listed, "more": max(len(evidence) - LISTED, 0)}


def _urls(viewer: Viewer, serials: Iterable[str]) -> dict[str, str]:
    """The addresses of the transactions this person may open, by source/serial."""
    if not viewer.watches:
        return {}
    found = transactions_named({(source, serial) for source, slash, serial in (one.partition("/") for one in serials) if slash})
    open_units = viewer.opens_transactions_of(row.unit_code for row in found.values())
    return {"/".join(identity): transaction_url(row) for identity, row in found.items() if row.unit_code in open_units}
