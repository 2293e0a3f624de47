"""The policy of a level as it stands, the shipped defaults behind it, and its picture in a case. Defaults: 默认方案·待本单位核定."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ledger.roster.models import Unit
from oversight.cases.models import Layer
from oversight.cases.policy.models import CaseTerm, EscalationStep, Measure
from risk.rules.models import LEVELS


@dataclass(frozen=True)
class Span:
    """A length of time: so many hours around the clock, or so many working days of a unit."""

    amount: int
    measure: str


@dataclass(frozen=True)
class Step:
    """Where a case goes once a term is over by `after_hours`."""

    number: int
    after_hours: int
    to_layer: str
    to_kind: str
    addressee: str


WATCH_DAYS = 90


@dataclass(frozen=True)
class Policy:
    """Terms and escalation of a level. `watch_days`: so long after closing is watched whether it comes back; 0: not at all.
    `copied`: the layers that are told of a case when it is dispatched, and do nothing in it. `edited`: an administrator has confirmed or
    changed them.
    """

    sign: Span
    feedback: Span
    first_report: int | None
    at_once: bool
    repeats: int
    repeat_days: int
    steps: tuple[Step, ...]
    edited: bool = False
    watch_days: int = WATCH_DAYS
    copied: tuple[str, ...] = ()

    def snapshot(self) -> dict[str, Any]:
        """As a case keeps it."""
        return asdict(self) | {"steps": [asdict(step) for step in self.steps], "copied": list(self.copied)}

    @classmethod
    def kept(cls, told: Mapping[str, Any]) -> "Policy":
        """As a case kept it."""
        steps = tuple(Step(**step) for step in told["steps"])
        spans = {name: Span(**told[name]) for name in ("sign", "feedback")}
        return cls(**{**told, **spans, "steps": steps, "copied": tuple(told.get("copied", ()))})


_DAY, _WEEK = Span(1, Measure.DAYS.value), Span(5, Measure.DAYS.value)
# Who is asked once a term is over, and who next when a case stays late all the same: the one that is asked first at the next graver level,
# and beyond the chiefs the discipline inspection.
_BRIGADE = (Layer.UNIT.value, Unit.Kind.BRIGADE.value, "大队内勤")
_DEPARTMENT = (Layer.DEPARTMENT.value, Unit.Kind.DEPARTMENT.value, "业务科室")
_DEPUTY = (Layer.COMMITTEE.value, Unit.Kind.DETACHMENT.value, "分管支队领导")
_CHIEFS = (Layer.COMMITTEE.value, Unit.Kind.DETACHMENT.value, "支队长、政委")
_DISCIPLINE = (Layer.DISCIPLINE.value, Unit.Kind.DISCIPLINE.value, "纪检监察，报驻局纪检组")
_LADDER = (_BRIGADE, _DEPARTMENT, _DEPUTY, _CHIEFS, _DISCIPLINE)
# Hours after the end of the term at which the second is asked.
_SECOND = {"blue": 48, "yellow": 48, "orange": 24, "red": 24}
_REPEATS, _REPEAT_DAYS = 3, 180
# 橙: 抄纪检; 红: 纪检同步, 支队长、政委知悉.
_ORANGE_COPIED = (Layer.DISCIPLINE.value,)
_RED_COPIED = (Layer.COMMITTEE.value, Layer.DISCIPLINE.value)


def _steps(level: str) -> tuple[Step, ...]:
    rung = LEVELS.index(level)
    return Step(1, 0, *_LADDER[rung]), Step(2, _SECOND[level], *_LADDER[rung + 1])


DEFAULTS: dict[str, Policy] = {
    "blue": Policy(_DAY, _WEEK, None, False, _REPEATS, _REPEAT_DAYS, _steps("blue")),
    "yellow": Policy(_DAY, _WEEK, None, False, _REPEATS, _REPEAT_DAYS, _steps("yellow")),
    "orange": Policy(Span(4, "hours"), Span(3, "days"), None, False, _REPEATS, _REPEAT_DAYS, _steps("orange"), copied=_ORANGE_COPIED),
    "red": Policy(Span(2, "hours"), _WEEK, 24, True, _REPEATS, _REPEAT_DAYS, _steps("red"), copied=_RED_COPIED),
}


def policy_of(level: str) -> Policy:
    """What holds for a new case of the level."""
    return policies()[level]


def policies() -> dict[str, Policy]:
    """The policy of every level, the gravest first, in two queries."""
    terms = {term.level: term for term in CaseTerm.objects.all()}
    steps: dict[str, list[Step]] = {}
    for row in EscalationStep.objects.order_by("level", "number"):
        step = Step(row.number, row.after_hours, row.to_layer, row.to_kind, row.addressee)
        steps.setdefault(row.level, []).append(step)
    return {level: _policy(level, terms.get(level), steps.get(level, [])) for level in reversed(LEVELS)}


def _policy(level: str, term: CaseTerm | None, steps: list[Step]) -> Policy:
    if term is None:
        return DEFAULTS[level]
    return Policy(
        Span(term.sign, term.sign_measure),
        Span(term.feedback, term.feedback_measure),
        term.first_report,
        term.at_once,
        term.repeats,
        term.repeat_days,
        tuple(steps),
        edited=True,
        watch_days=term.watch_days,
        copied=tuple(term.copied),
    )
