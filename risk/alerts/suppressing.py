"""Which suppression a hit falls under, and whom one concerns: rules of matching apart from asking and deciding (suppressions.py)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from risk.alerts.models import Hit, Suppression
from risk.alerts.recusal import recused_staff
from risk.rules.models import LEVELS, Rule


def in_force(day: date) -> QuerySet[Suppression]:
    """The suppressions that count on a day."""
    return Suppression.objects.filter(state=Suppression.State.APPROVED, valid_from__lte=day, expires_on__gte=day)


def covered(suppression: Suppression) -> QuerySet[Hit]:
    """The live hits that a suppression may cover, whatever their level and unit."""
    hits = Hit.objects.filter(live=True, shadow=False)
    if suppression.rule_id is not None:
        hits = hits.filter(rule=suppression.rule_id)
    if suppression.subject_code:
        hits = hits.filter(subject_kind=suppression.subject_kind, subject_code=suppression.subject_code)
    return hits


def concerned_staff(suppression: Suppression) -> dict[str, str]:
    """Staff numbers of those whom a suppression about a subject concerns, each with the reason: they neither know of it nor handle it."""
    if not suppression.subject_code:
        return {}
    return recused_staff(
        subject_kind=suppression.subject_kind,
        subject_code=suppression.subject_code,
        first_day=suppression.valid_from,
        last_day=suppression.expires_on,
        people=(),
    )


@dataclass(frozen=True)
class Suppressing:
    """The suppressions in force on a day that can concern hits of one rule, the highest ceiling first."""

    suppressions: Sequence[Suppression]

    @classmethod
    def of(cls, rule: Rule, day: date) -> "Suppressing":
        found = (
            in_force(day).filter(Q(rule=rule) | Q(rule=None), Q(subject_kind="") | Q(subject_kind=rule.subject_kind)).select_related("unit")
        )
        return cls(sorted(found, key=lambda one: (-LEVELS.index(one.ceiling), one.pk)))

    def of_hit(self, hit: Hit, unit_path: str) -> Suppression | None:
        """The one that keeps the hit from raising an alert; `unit_path` is where its alert would be."""
        for one in self.suppressions:
            same_subject = not one.subject_code or one.subject_code == hit.subject_code
            in_unit = one.unit is None or unit_path.startswith(one.unit.path)
            if same_subject and in_unit and LEVELS.index(hit.level) <= LEVELS.index(one.ceiling):
                return one
        return None

    def sort_out(self, hits: Sequence[Hit], paths: Mapping[int, str]) -> list[Hit]:
        """The hits that raise alerts; writes down of the others, and of those that do again, why. `paths`: unit path by hit id."""
        changed, free = [], []
        for hit in hits:
            by = self.of_hit(hit, paths.get(hit.pk, "")) if self.suppressions else None
            if by is None:
                free.append(hit)
            if hit.suppression_id != (by.pk if by else None):
                hit.suppression = by
                changed.append(hit)
        Hit.objects.bulk_update(changed, ["suppression"], batch_size=200)
        return free
