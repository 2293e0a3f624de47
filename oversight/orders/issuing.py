"""The form that issues an order in a case: prefilled from its alerts, kept as typed when something is wrong."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from ledger.kit.days import SHANGHAI
from ledger.kit.errors import BadInput
from oversight.cases.models import Case, Party
from oversight.orders.prefill import problems_of, usual

TEXTS = ("requirement", "materials", "review_way", "objection_way")
MOMENTS = ("sign_due_at", "first_due_at", "due_at")
SPARE = 1


def moment(text: str) -> datetime | None:
    """What a browser's field for a local time sends; None for nothing. Raises BadInput for what is no time."""
    if not text.strip():
        return None
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=SHANGHAI)
    except ValueError:
        raise BadInput(_("Give the time as YYYY-MM-DD HH:MM.")) from None


@dataclass(frozen=True)
class Asked:
    """What was typed, or what the form begins with."""

    case: Case
    party: Party | None
    texts: dict[str, str]
    problems: list[dict[str, Any]]

    @classmethod
    def fresh(cls, case: Case, party: str) -> "Asked":
        chosen = _party(case, party) or case.parties.select_related("unit").order_by("id").first()
        return cls(case, chosen, usual(case, chosen), problems_of(case))

    @classmethod
    def typed(cls, case: Case, given: QueryDict) -> "Asked":
        columns = {name: given.getlist(name) for name in ("fact", "evidence", "clause", "item")}
        problems = [
            {
                "fact": fact,
                "evidence": _at(columns["evidence"], n).split(),
                "clause": _at(columns["clause"], n),
                "item": _at(columns["item"], n),
            }
            for n, fact in enumerate(columns["fact"][:60])
        ]
        problems = [one for one in problems if any(one.values())]
        texts = {name: given.get(name, "") for name in (*TEXTS, *MOMENTS)}
        return cls(case, _party(case, given.get("party", "")), texts, problems)

    def values(self) -> dict[str, Any]:
        """As issue_order takes them. Raises BadInput for what is none."""
        if self.party is None:
            raise BadInput(_("Choose the unit from the list."))
        texts = {name: self.texts[name] for name in TEXTS}
        return texts | {name: moment(self.texts[name]) for name in MOMENTS} | {"party": self.party, "problems": self.problems}


def form_context(asked: Asked) -> dict[str, Any]:
    """What orders/issue.html prints."""
    empty = {"fact": "", "evidence": [], "clause": "", "item": ""}
    problems = [{**one, "evidence": "\n".join(one["evidence"])} for one in [*asked.problems, *[empty] * SPARE]]
    parties = asked.case.parties.select_related("unit").order_by("id")
    return {
        "case": asked.case,
        "parties": [(one.pk, _party_label(one)) for one in parties],
        "party": asked.party.pk if asked.party else None,
        "texts": asked.texts,
        "problems": problems,
    }


def _party_label(one: Party) -> str:
    label = f"{one.unit.name}（{one.get_part_display()}）"
    return _("%(unit)s: is shown the requirement alone") % {"unit": label} if one.redacted else label


def _party(case: Case, pk: str) -> Party | None:
    if not (pk.isascii() and pk.isdigit() and len(pk) < 18):
        return None
    return case.parties.select_related("unit").filter(pk=pk).first()


def _at(column: list[str], place: int) -> str:
    return column[place].strip() if place < len(column) else ""
