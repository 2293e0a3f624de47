"""What rules about hits must look at again when hits came, changed or went, written in the transaction that changed them."""

from collections.abc import Iterable
from datetime import timedelta

from ledger.kit.days import from_ordinal
from risk.alerts.hit_rows import FRAME, OVERSEEN
from risk.rules.models import Rule
from risk.scoring.marks import MANY_SUBJECTS, mark_of
from risk.scoring.models import DirtyMark
from risk.scoring.plan import Range, merged
from risk.scoring.watching import about


def mark_hits_changed(rule: Rule, touched: Iterable[tuple[str, int]], *, quiet: bool) -> None:
    """`touched`: (subject code, bucket) of the rule's hits that changed, or whose suppression did; whole buckets are marked.

    Hits of rules about hits mark nothing: they are no rows of that frame, so what is marked here comes to an end.
    """
    if rule.frame == FRAME or rule.subject_kind not in OVERSEEN:
        return
    lanes = about(FRAME, rule.subject_kind)
    if not lanes:
        return
    ranges: dict[str, list[Range]] = {}
    for code, bucket in touched:
        first = from_ordinal(bucket * rule.merge_days)
        ranges.setdefault(code, []).append(Range(first, first + timedelta(days=rule.merge_days - 1)))
    if len(ranges) > MANY_SUBJECTS:
        ranges = {"": [one for of_subject in ranges.values() for one in of_subject]}
    DirtyMark.objects.bulk_create(
        [
            mark_of(lane, one.first, one.last, key=key, rule_code=code, quiet=quiet)
            for code, lane in lanes.items()
            for key, of_key in ranges.items()
            for one in merged(of_key)
        ],
        batch_size=1000,
    )
