"""When an alert finds an instance of misconduct: the rule of the data contract, and nothing else."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from risk.evaluation.evaluate.labels import Instance

SOME, HALF = 0.2, 0.5


@dataclass(frozen=True)
class Raised:
    """An alert that counts (no withdrawn one): its evidence as the labels name rows, and when it spoke.

    `group`: the matters joined because they are about the same business, one row of the list of alerts; alone the matter itself.
    `first_day`: the event day of its first hit; `raised_on`: the day the machine raised it.
    """

    number: str
    matter: str
    rule: str
    subject: tuple[str, str]
    evidence: frozenset[str]
    group: str = ""
    level: str = ""
    first_day: date | None = None
    raised_on: date | None = None


@dataclass(frozen=True)
class Overlap:
    """What an alert and an instance have in common. `share` of the alert's evidence, `cover` of the instance's rows, both 0 to 1."""

    alert: Raised
    instance: Instance
    share: float
    cover: float

    @property
    def own_subject(self) -> bool:
        return self.alert.subject in self.instance.subjects

    @property
    def finds(self) -> bool:
        """Half of the evidence is the instance's; or a fifth is, and the subject is too or half of the instance is covered."""
        return self.share >= HALF or (self.share >= SOME and (self.own_subject or self.cover >= HALF))


def match(alerts: Iterable[Raised], instances: Collection[Instance]) -> list[Overlap]:
    """Every alert with every instance it shares a row with, whether it finds it or not."""
    holders: dict[str, list[int]] = defaultdict(list)
    listed = list(instances)
    for place, instance in enumerate(listed):
        for row in instance.rows:
            holders[row].append(place)
    found = []
    for alert in alerts:
        common: dict[int, int] = defaultdict(int)
        for row in alert.evidence:
            for place in holders.get(row, ()):
                common[place] += 1
        for place, count in sorted(common.items()):
            instance = listed[place]
            found.append(Overlap(alert, instance, count / len(alert.evidence), count / len(instance.rows)))
    return found
