"""Who held which post on the day of a transaction: of those who handled it, and of the post itself."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from ledger.journal.models import Transaction
from ledger.kit.masking import mask_staff_no
from ledger.roster.models import Post, Posting, Unit
from ledger.roster.queries import held_on, postings_on, staff_names
from oversight.business.addresses import subject_url


@dataclass(frozen=True)
class Holders:
    """Names and posts as they were on one day."""

    names: dict[str, str]
    post_names: dict[str, str]
    unit_names: dict[str, str]
    held: dict[str, list[Posting]]
    of_post: list[Posting]

    @classmethod
    def of(cls, row: Transaction, numbers: Collection[str]) -> "Holders":
        """`numbers`: the staff the transaction and its steps name."""
        day = row.event_day
        of_post = list(postings_on(day, post_code=row.post_code, unit_code=row.unit_code).order_by("start_date")) if row.post_code else []
        people = {*numbers, *(posting.staff_no for posting in of_post)} - {""}
        held: dict[str, list[Posting]] = {}
        for posting in held_on(day, people):
            held.setdefault(posting.staff_no, []).append(posting)
        every = [posting for postings in held.values() for posting in postings]
        posts = {row.post_code, *(posting.post_code for posting in every)}
        units = {posting.unit_code for posting in every}
        return cls(
            staff_names(people),
            dict(Post.objects.filter(code__in=posts).values_list("code", "name")),
            dict(Unit.objects.filter(code__in=units).values_list("code", "name")),
            held,
            of_post,
        )

    def person(self, number: str) -> str:
        return f"{self.names.get(number, '')} {mask_staff_no(number)}".strip() if number else ""

    def post(self, code: str) -> str:
        return self.post_names.get(code, code)

    def posts_of(self, number: str) -> str:
        """The posts somebody held that day."""
        return _(", ").join(dict.fromkeys(self.post(posting.post_code) for posting in self.held.get(number, ())))

    def lines(self, row: Transaction) -> list[dict[str, Any]]:
        """The handler, the approver, and whoever else held the post of the transaction that day."""
        told = [self._line(_("Handler"), row.handler_no, self._remark(row))]
        if row.approver_no:
            told.append(self._line(_("Approver"), row.approver_no, ""))
        others = dict.fromkeys(posting.staff_no for posting in self.of_post if posting.staff_no not in (row.handler_no, row.approver_no))
        return [*told, *(self._line(_("Also held the post"), number, "") for number in others)]

    def _remark(self, row: Transaction) -> str:
        """Where the post is known: whether the handler held it there that day."""
        if not row.post_code or any(posting.staff_no == row.handler_no for posting in self.of_post):
            return ""
        return _("did not hold the post %(post)s of the unit that day") % {"post": self.post(row.post_code)}

    def _line(self, role: str, number: str, remark: str) -> dict[str, Any]:
        held = self.held.get(number, ())
        return {
            "role": role,
            "person": self.person(number) if number in self.names else _("%(number)s, not on the roster") % {"number": self.person(number)},
            "url": subject_url("staff", number),
            "posts": [
                {
                    "post": self.post(posting.post_code),
                    "unit": self.unit_names.get(posting.unit_code, posting.unit_code),
                    "since": f"{posting.start_date:%Y-%m-%d}",
                }
                for posting in held
            ],
            "remark": remark,
        }
