"""提级原因 as the facts of a case give them, to be picked instead of typed: what is late, how grave, how often, what is beyond a unit."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ledger.roster.accounts import RoleGrant, User
from oversight.cases.escalations.raising import late_text, repeated_text, times_of_subject
from oversight.cases.models import Case, Party
from oversight.cases.parties import reminders
from oversight.cases.policy.reading import Policy
from oversight.cases.running import late_parties
from oversight.cases.visibility import openly_visible_cases
from oversight.center.presenters import words


class Ground(StrEnum):
    """Why a case is raised by hand, in the order of the digit keys."""

    LATE = "late"
    REMINDED = "reminded"
    LEVEL = "level"
    REPETITION = "repetition"
    BEYOND = "beyond"
    OTHER = "other"


GRAVE = ("orange", "red")
TWICE = 2


def grounds_of(case: Case, actor: User, grants: list[RoleGrant] | None = None, *, now: datetime | None = None) -> dict[str, str]:
    """What speaks for raising the case now, by key, each as a sentence with its figures; only of cases the actor sees. OTHER has none."""
    now = now or timezone.now()
    late = list(late_parties(now).filter(case=case).select_related("unit").order_by("place"))
    counted, parties = reminders(case.entries.order_by("id")), case.parties.exclude(status=Party.Status.DONE)
    reminded = sum(counted[party.about] for party in parties)
    sentences = _sentences(case, late, reminded, _repeated(case, actor, grants, now))
    # For its level, or for repetition, the policy has raised it already.
    told = set(case.escalations.values_list("reason", flat=True)) & {Ground.LEVEL, Ground.REPETITION}
    return {key: text for key, text in sentences if text and key not in told} | {Ground.OTHER: ""}


def _sentences(case: Case, late: Sequence[Party], reminded: int, repeated: str) -> list[tuple[str, str]]:
    in_vain = ngettext("Reminded once, and still not done.", "Reminded %(number)d times, and still not done.", reminded)
    level = _("A case of level %(level)s wants supervision from above.") % {"level": words.LEVELS[case.level]}
    return [
        (Ground.LATE, late_text(late) if late else ""),
        (Ground.REMINDED, in_vain % {"number": reminded} if reminded else ""),
        (Ground.LEVEL, level if case.level in GRAVE else ""),
        (Ground.REPETITION, repeated),
        (Ground.BEYOND, _("What must be done is beyond the powers of the unit.")),
    ]


def _repeated(case: Case, actor: User, grants: list[RoleGrant] | None, now: datetime) -> str:
    """How often the subject had a case within the days of its policy, as far as the actor may know."""
    days = Policy.kept(case.policy).repeat_days
    seen = openly_visible_cases(actor, grants)
    cases, relapses = times_of_subject(case, now - timedelta(days=days), among=Case.objects.filter(pk__in=seen.values("pk")))
    return repeated_text(cases, relapses, days) if cases + relapses >= TWICE else ""
