"""Writing rules: the shipped catalogue becomes rules and versions; what people edited is never overwritten."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from risk.rules.models import Rule, RuleVersion
from risk.rules.shipped import FOLDER, Entry, read

FROM_THE_BEGINNING = date(1970, 1, 1)
SHIPPED_BY = "catalogue"


@dataclass
class LoadReport:
    """What loading the catalogue did, as rule codes. `proposed`: a changed shipped entry waits as a draft version."""

    created: list[str] = field(default_factory=list)
    proposed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)


@transaction.atomic
def load_catalogue(*, folder: Path = FOLDER) -> LoadReport:
    """Bring the shipped rules in: a new one is published as version 1, a changed one proposed as a draft, an unchanged one left alone.

    Raises CatalogueError when any entry is wrong; nothing is written then.
    """
    report = LoadReport()
    rules = {rule.code: rule for rule in Rule.objects.select_for_update()}
    for entry in read(folder):
        rule = rules.get(entry.code)
        if rule is None:
            _publish_first(entry)
            report.created.append(entry.code)
        elif rule.shipped_digest == entry.digest:
            report.unchanged.append(entry.code)
        else:
            _propose(rule, entry)
            report.proposed.append(entry.code)
    return report


def _publish_first(entry: Entry) -> None:
    rule = Rule.objects.create(
        code=entry.code,
        line=entry.line,
        subject_kind=entry.subject_kind,
        frame=entry.frame,
        reach=entry.reach,
        merge_days=entry.merge_days,
        shipped_digest=entry.digest,
    )
    RuleVersion.objects.create(
        rule=rule,
        number=1,
        state=RuleVersion.State.PUBLISHED,
        effective_from=FROM_THE_BEGINNING,
        published_at=timezone.now(),
        published_by=SHIPPED_BY,
        **_content(entry),
    )


def _propose(rule: Rule, entry: Entry) -> None:
    """A draft of the changed entry. What a rule speaks about, its reach and merge window stay: changing them needs a new code."""
    fixed = (rule.subject_kind, rule.frame, rule.reach, rule.merge_days)
    if (entry.subject_kind, entry.frame, entry.reach, entry.merge_days) != fixed:
        raise ValueError(
            f"{entry.code}: subject_kind, frame, merge_days and the detector's reach of a shipped rule never change; ship a new code"
        )
    number = rule.versions.order_by("-number").values_list("number", flat=True).first() or 0
    RuleVersion.objects.create(
        rule=rule, number=number + 1, state=RuleVersion.State.DRAFT, effective_from=timezone.localdate(), **_content(entry)
    )
    Rule.objects.filter(pk=rule.pk).update(shipped_digest=entry.digest)


def _content(entry: Entry) -> dict[str, Any]:
    """What an entry says, as fields of a version."""
    return {
        "mode": entry.mode,
        "mode_reason": entry.mode_reason,
        "detector": entry.detector,
        "title_zh": entry.title_zh,
        "title_en": entry.title_en,
        "sentence_zh": entry.sentence_zh,
        "sentence_en": entry.sentence_en,
        "lines": list(entry.lines),
        "subject_column": entry.subject_column,
        "scope": {name: list(allowed) for name, allowed in entry.scope.items()},
        "window_days": entry.window_days,
        "min_n": entry.min_n,
        "op": entry.op,
        "unit": entry.unit,
        "params": entry.params,
        "thresholds": entry.thresholds,
        "checklist_item": entry.checklist_item,
        "why": entry.why,
        "basis": entry.basis,
        "author": SHIPPED_BY,
        "digest": entry.digest,
    }
