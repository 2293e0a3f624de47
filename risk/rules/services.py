"""Writing rules: the shipped catalogue becomes rules and versions; what people edited is never overwritten."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from django.db import transaction

from risk.rules.drafts.services import propose
from risk.rules.entries import Entry
from risk.rules.models import Rule
from risk.rules.shipped import FOLDER, read
from risk.rules.writing import create_shipped

FROM_THE_BEGINNING = date(1970, 1, 1)
SHIPPED_BY = "catalogue"


@dataclass
class LoadReport:
    """What loading the catalogue did, as rule codes. `proposed`: a changed shipped entry waits as a draft; `waiting`: it will, once the
    draft that people have open is settled."""

    created: list[str] = field(default_factory=list)
    proposed: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)


@transaction.atomic
def load_catalogue(*, folder: Path = FOLDER) -> LoadReport:
    """Bring the shipped rules in: a new one is published as version 1, a changed one proposed as a draft, an unchanged one left alone.

    Raises CatalogueError when any entry is wrong; nothing is written then.
    """
    report, new = LoadReport(), list[Entry]()
    rules = {rule.code: rule for rule in Rule.objects.select_for_update()}
    for entry in read(folder):
        rule = rules.get(entry.code)
        if rule is None:
            new.append(entry)
        elif rule.shipped_digest == entry.digest:
            report.unchanged.append(entry.code)
        elif _propose(rule, entry):
            report.proposed.append(entry.code)
        else:
            report.waiting.append(entry.code)
    create_shipped(new, effective_from=FROM_THE_BEGINNING, author=SHIPPED_BY)
    report.created = [entry.code for entry in new]
    return report


def _propose(rule: Rule, entry: Entry) -> bool:
    """A draft of the changed entry. What a rule speaks about, its reach and merge window stay: changing them needs a new code."""
    fixed = (rule.line, rule.subject_kind, rule.frame, rule.reach, rule.merge_days)
    if (entry.line, entry.subject_kind, entry.frame, entry.reach, entry.merge_days) != fixed:
        raise ValueError(
            f"{entry.code}: line, subject_kind, frame, merge_days and the detector's reach of a shipped rule never change; ship a new code"
        )
    if not propose(entry=entry):
        return False
    Rule.objects.filter(pk=rule.pk).update(shipped_digest=entry.digest)
    return True
