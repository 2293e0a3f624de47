"""Hits into alerts: a pure fold over the live hits of a bucket, and the shell that stores its result and tells what changed."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from ledger.kit.days import today
from ledger.roster.models import Agency, Unit
from risk.alerts.models import Alert, AlertEvent, AlertEvidence, DismissalReview, Hit, Matter
from risk.alerts.numbers import random_number
from risk.alerts.recusal import recuse_all
from risk.alerts.snoozing import wake_up
from risk.alerts.suppressing import Suppressing
from risk.alerts.terms import due_at
from risk.frames import Facts, base
from risk.rules.models import LEVELS, Rule


@dataclass(frozen=True)
class Folded:
    """What the live hits of one bucket come to: the strongest hit speaks (the latest of equals), evidence is the union."""

    version_id: int
    line: str
    level: str
    first_day: date
    last_day: date
    observed: float
    threshold: float
    numbers: Mapping[str, Any]
    hit_count: int
    evidence: frozenset[int]


def fold(hits: Collection[Hit]) -> Folded:
    """Fold the live hits (at least one) of one rule, subject and bucket; the order given does not matter."""
    top = max(hits, key=lambda hit: (LEVELS.index(hit.level), hit.day))
    return Folded(
        version_id=top.rule_version_id,
        line=top.line,
        level=top.level,
        first_day=min(hit.day for hit in hits),
        last_day=max(hit.day for hit in hits),
        observed=top.observed,
        threshold=top.threshold,
        numbers=top.numbers,
        hit_count=len(hits),
        evidence=frozenset(number for hit in hits for number in hit.evidence),
    )


class Refold:
    """Folds the touched buckets of one rule again and stores what changed, in the caller's transaction.

    Counts alerts `opened` and `updated`; `raised` are the ids of those that are new to the centre: opened, raised again or recurred.
    """

    def __init__(self, rule: Rule, *, cause: str, as_of: datetime | None = None, clock: bool = False) -> None:
        """`as_of`: the moment at which suppressions must be in force; what is written bears the present. `clock`: the rule measures open
        rows, so that its numbers change by themselves."""
        self.rule, self.cause, self.clock = rule, cause, clock
        self.now = datetime.now(UTC)
        self.suppressing = Suppressing.of(rule, today(as_of))
        self.opened = self.updated = 0
        self.raised: list[int] = []
        self._rows_behind: dict[int, set[int]] = {}
        self._evidence: list[AlertEvidence] = []
        self._events: list[AlertEvent] = []
        self._people: list[tuple[Alert, set[str]]] = []

    def run(self, touched: Iterable[tuple[str, int]]) -> None:
        """`touched`: (subject code, bucket) of every hit that came, changed or went."""
        keys = sorted(set(touched))
        for start in range(0, len(keys), 200):
            self._part(keys[start : start + 200])

    def _part(self, keys: list[tuple[str, int]]) -> None:
        wanted = set(keys)
        codes, buckets = {code for code, _ in keys}, {bucket for _, bucket in keys}
        live = Hit.objects.filter(rule=self.rule, live=True, shadow=False, subject_code__in=codes, bucket__in=buckets)
        found = [hit for hit in live.select_related("suppression") if (hit.subject_code, hit.bucket) in wanted]
        rows = base(self.rule.frame).facts({number for hit in found for number in hit.evidence})
        units = self._units(rows, codes)
        hits: dict[tuple[str, int], list[Hit]] = {}
        for hit in self.suppressing.sort_out(found, self._paths(found, rows, units)):
            hits.setdefault((hit.subject_code, hit.bucket), []).append(hit)
        self._quiet = {(hit.subject_code, hit.bucket): hit.suppression for hit in found if hit.suppression is not None}
        alerts = {
            (alert.subject_code, alert.bucket): alert
            for alert in Alert.objects.select_for_update().filter(rule=self.rule, subject_code__in=codes, bucket__in=buckets)
            if (alert.subject_code, alert.bucket) in wanted
        }
        self._rows_behind = {alert.pk: set() for alert in alerts.values()}
        for pk, number in AlertEvidence.objects.filter(alert__in=self._rows_behind).values_list("alert_id", "row_id"):
            self._rows_behind[pk].add(number)
        folded = {key: fold(of_bucket) for key, of_bucket in hits.items()}
        self._raise({key: result for key, result in folded.items() if key not in alerts}, rows, units)
        for key, alert in sorted(alerts.items()):
            if key in folded:
                self._change(alert, folded[key], rows)
            else:
                self._gone(alert)
        self._write()

    def _write(self) -> None:
        """What was noted of the alerts, in few statements."""
        AlertEvidence.objects.bulk_create(self._evidence, batch_size=1000, ignore_conflicts=True)
        recuse_all(self._people)
        AlertEvent.objects.bulk_create(self._events, batch_size=500)
        self._evidence, self._people, self._events = [], [], []

    def _paths(self, hits: Collection[Hit], rows: Mapping[int, Facts], units: Mapping[str, Unit]) -> dict[int, str]:
        """Where each hit's alert would be, in the tree of units; asked only when some suppression looks at it."""
        if not any(one.unit_id for one in self.suppressing.suppressions):
            return {}
        paths = {}
        for hit in hits:
            last = max((rows[number] for number in hit.evidence), key=lambda row: row.accepted_at)
            unit = self._unit(hit.subject_code, last, units)
            paths[hit.pk] = unit.path if unit else ""
        return paths

    def _units(self, rows: Mapping[int, Facts], codes: Collection[str]) -> dict[str, Unit]:
        wanted = {row.unit_code for row in rows.values()}
        if self.rule.subject_kind == "agency":
            self._overseer = dict(Agency.objects.filter(code__in=codes).exclude(unit_code="").values_list("code", "unit_code"))
            wanted |= set(self._overseer.values())
        elif self.rule.subject_kind == "unit":
            wanted |= set(codes)
        return {unit.code: unit for unit in Unit.objects.filter(code__in=wanted)}

    def _unit(self, code: str, last: Facts, units: Mapping[str, Unit]) -> Unit | None:
        if self.rule.subject_kind == "agency":
            return units.get(self._overseer.get(code, "")) or units.get(last.unit_code)
        if self.rule.subject_kind == "unit":
            return units.get(code)
        return units.get(last.unit_code)

    def _raise(self, found: Mapping[tuple[str, int], Folded], rows: Mapping[int, Facts], units: Mapping[str, Unit]) -> None:
        matters = self._matters({code for code, _bucket in found})
        alerts = [self._alert(matters[key[0]], key, result, rows, units) for key, result in sorted(found.items())]
        Alert.objects.bulk_create(alerts, batch_size=200)
        for alert in alerts:
            evidence = found[alert.subject_code, alert.bucket].evidence
            self._note(alert, evidence, rows)
            self._tell(alert, AlertEvent.Kind.RAISED, {"level": alert.level, "hits": alert.hit_count, "evidence": len(evidence)})
            self.raised.append(alert.pk)
        self.opened += len(alerts)

    def _matters(self, codes: Collection[str]) -> dict[str, Matter]:
        """The matter of each subject under the rule's cause, made where there is none; another lane may be making the same one."""
        ours = Matter.objects.filter(subject_kind=self.rule.subject_kind, subject_code__in=codes, cause=self.cause)
        known = set(ours.values_list("subject_code", flat=True))
        fresh = [
            Matter(number=random_number("SX", self.now), subject_kind=self.rule.subject_kind, subject_code=code, cause=self.cause)
            for code in sorted(set(codes) - known)
        ]
        Matter.objects.bulk_create(fresh, batch_size=500, ignore_conflicts=True)
        return {matter.subject_code: matter for matter in ours}

    def _alert(self, matter: Matter, key: tuple[str, int], result: Folded, rows: Mapping[int, Facts], units: Mapping[str, Unit]) -> Alert:
        code, bucket = key
        evidence = [rows[number] for number in sorted(result.evidence)]
        first, last = min(evidence, key=lambda row: row.accepted_at), max(evidence, key=lambda row: row.accepted_at)
        backdated = not any(row.fresh for row in evidence)
        return Alert(
            number=random_number("YD", self.now),
            matter=matter,
            rule=self.rule,
            subject_kind=self.rule.subject_kind,
            subject_code=code,
            bucket=bucket,
            unit=self._unit(code, last, units),
            first_at=first.accepted_at,
            last_at=last.accepted_at,
            backdated=backdated,
            raised_at=self.now,
            updated_at=self.now,
            due_at=None if backdated else due_at(result.level, self.now),
            **_fields(result),
        )

    def _change(self, alert: Alert, result: Folded, rows: Mapping[int, Facts]) -> None:
        before = self._rows_behind[alert.pk]
        was = {name: getattr(alert, name) for name in _fields(result)}
        if was == _fields(result) and before == result.evidence and alert.status != Alert.Status.WITHDRAWN:
            return
        if self._only_older(alert, result, before):
            Alert.objects.filter(pk=alert.pk).update(**_fields(result))
            return
        evidence = [rows[number] for number in result.evidence]
        alert.first_at, alert.last_at = min(r.accepted_at for r in evidence), max(r.accepted_at for r in evidence)
        old_level = alert.level
        for name, value in _fields(result).items():
            setattr(alert, name, value)
        data: dict[str, Any] = {"level": result.level, "hits": result.hit_count, "evidence": len(result.evidence)}
        if old_level != result.level:
            data["old_level"] = old_level
        kind = AlertEvent.Kind.CHANGED
        known = before
        if alert.status == Alert.Status.WITHDRAWN:
            alert.status, kind, known = Alert.Status.NEW, AlertEvent.Kind.RAISED, set()
        elif alert.status == Alert.Status.DISMISSED and _goes_beyond(alert, result, AlertEvent.Kind.DISMISSED):
            alert.status, kind = Alert.Status.RECURRED, AlertEvent.Kind.RECURRED
            alert.reviews.filter(state=DismissalReview.State.WAITING).update(state=DismissalReview.State.LAPSED)
        loud = any(rows[number].fresh for number in result.evidence - known)
        if loud and (alert.backdated or kind is not AlertEvent.Kind.CHANGED):
            alert.backdated, alert.due_at = False, due_at(alert.level, self.now)
            data["term"] = "begun"
        alert.updated_at = self.now
        alert.save()
        self._note(alert, result.evidence, rows)
        self._tell(alert, kind, data)
        if alert.status == Alert.Status.SNOOZED and _goes_beyond(alert, result, AlertEvent.Kind.SNOOZED):
            self._write()  # that it changed comes first in its record
            wake_up(alert, "evidence")
        self.updated += 1
        if kind is not AlertEvent.Kind.CHANGED:
            self.raised.append(alert.pk)

    def _only_older(self, alert: Alert, result: Folded, before: set[int]) -> bool:
        """Whether nothing happened but that the clock went on: the numbers follow, but a day that went by is no event in its record."""
        same = before == result.evidence and alert.level == result.level and alert.hit_count == result.hit_count
        return self.clock and same and alert.status != Alert.Status.WITHDRAWN

    def _gone(self, alert: Alert) -> None:
        """No hit is left that is live and not suppressed: an untouched alert closes as withdrawn, a touched one only tells its handler.

        Who wrote a remark has touched it, though it still waits for somebody to take it.
        """
        if alert.status == Alert.Status.WITHDRAWN or not alert.hit_count:
            return
        acted = alert.status != Alert.Status.NEW or alert.events.filter(actor__isnull=False).exists()
        quiet = self._quiet.get((alert.subject_code, alert.bucket))
        if not acted:
            alert.status, alert.due_at = Alert.Status.WITHDRAWN, None
        alert.hit_count, alert.updated_at = 0, self.now
        alert.save(update_fields=["status", "due_at", "hit_count", "updated_at"])
        self._tell(alert, AlertEvent.Kind.WITHDRAWN, {"acted": acted} | ({"suppression": quiet.number} if quiet else {}))
        self.updated += 1

    def _note(self, alert: Alert, evidence: frozenset[int], rows: Mapping[int, Facts]) -> None:
        """The rows the alert stands on, and the people of these."""
        before = self._rows_behind.get(alert.pk, set())
        if gone := before - evidence:
            alert.evidence.filter(row_id__in=gone).delete()
        self._evidence += [AlertEvidence(alert=alert, row_id=number) for number in sorted(evidence - before)]
        self._people.append((alert, {person for number in evidence for person in rows[number].people}))

    def _tell(self, alert: Alert, kind: AlertEvent.Kind, data: dict[str, Any]) -> None:
        self._events.append(AlertEvent(alert=alert, kind=kind, at=self.now, data=data))


def _fields(result: Folded) -> dict[str, Any]:
    return {
        "rule_version_id": result.version_id,
        "line": result.line,
        "level": result.level,
        "level_rank": LEVELS.index(result.level),
        "first_day": result.first_day,
        "last_day": result.last_day,
        "observed": result.observed,
        "threshold": result.threshold,
        "numbers": dict(result.numbers),
        "hit_count": result.hit_count,
        "evidence_count": len(result.evidence),
    }


def _goes_beyond(alert: Alert, result: Folded, since: AlertEvent.Kind) -> bool:
    """Whether there is more than what lay before the person who dismissed or snoozed it: other evidence, or a higher level."""
    judged = alert.events.filter(kind=since).order_by("-id").values_list("data", flat=True).first() or {}
    if LEVELS.index(result.level) > LEVELS.index(judged.get("level", LEVELS[-1])):
        return True
    return not result.evidence <= set(judged.get("evidence", ()))
