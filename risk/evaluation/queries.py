"""Reading evaluations: the one before with the same labels, what changed of the rules between two, and whose numbers labels can use."""

from collections.abc import Iterable

from django.db.models import Sum

from ledger.journal.models import DailyCount
from risk.evaluation.models import Evaluation


def previous_done(one: Evaluation) -> Evaluation | None:
    """The last one before with the same labels that has figures: only those compare."""
    before = Evaluation.objects.filter(labels=one.labels_id, state=Evaluation.State.DONE, id__lt=one.pk)
    return before.order_by("-id").first()


def with_previous(page: Iterable[Evaluation]) -> list[tuple[Evaluation, Evaluation | None]]:
    """Each of a page that is newest first, with the one before with the same labels; one query for each set of labels."""
    last: dict[int, Evaluation | None] = {}
    answer = []
    for one in reversed(list(page)):
        if one.labels_id not in last:
            last[one.labels_id] = previous_done(one)
        answer.append((one, last[one.labels_id]))
        if one.state == Evaluation.State.DONE:
            last[one.labels_id] = one
    return answer[::-1]


def rules_changed(before: Evaluation, now: Evaluation) -> list[tuple[str, int | None, int | None]]:
    """(code, version before, version now) of the rules that differ; None where a rule was not in force."""
    old = {one["code"]: one for one in before.rules}
    new = {one["code"]: one for one in now.rules}
    return [
        (code, old[code]["number"] if code in old else None, new[code]["number"] if code in new else None)
        for code in sorted(old.keys() | new.keys())
        if old.get(code, {}).get("digest") != new.get(code, {}).get("digest")
    ]


def sources() -> list[str]:
    """The sources that have transactions in the ledger, the one with most first."""
    totals = DailyCount.objects.order_by().values("source").annotate(total=Sum("rows")).filter(total__gt=0)
    return list(totals.order_by("-total", "source").values_list("source", flat=True))
