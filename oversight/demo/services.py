"""Seed the demonstration, keep it alive, and tell who can log in."""

import logging
from datetime import UTC, datetime, timedelta
from functools import cache

import pandas as pd
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import translation

from ledger.intake.services import take_records
from ledger.kit.days import SHANGHAI, today
from ledger.roster.accounts import User
from oversight.demo import casework, checklist, cycle
from oversight.demo.cast import CAST, PASSWORD
from oversight.demo.offices import make_account, person
from risk.alerts.models import Alert
from risk.alerts.sequencer import sequence_events
from risk.alerts.services import acknowledge, assign, comment, dismiss, snooze, start_checking
from risk.alerts.warnings import issue
from risk.evaluation import simulate
from risk.evaluation.services import keep_labels, order_evaluation
from risk.scoring.services import score_pending

logger = logging.getLogger(__name__)
SEED, HISTORY_DAYS, TRANSACTIONS, SOURCE = 7, 60, 12_000, "demo"
ROSTER = ("units", "agencies", "posts", "staff")
HAPPENED = ("postings", "shifts", "transactions", "steps", "complaints", "violations_of_discipline", "impounds")


def _only_in_demo() -> None:
    if not settings.DEMO:
        raise ImproperlyConfigured("The demonstration data are made only with DEMO=1.")


@cache
def detachment() -> simulate.Detachment:
    return simulate.detachment(SEED)


def _records(frame: pd.DataFrame) -> list[dict[str, str]]:
    return frame.fillna("").astype(str).to_dict("records")


def seed(*, transactions: int = TRANSACTIONS) -> None:
    """An invented detachment with the last 60 days of its business, accounts, cases at every stage, alerts already handled,
    a checklist that people have changed."""
    _only_in_demo()
    home = detachment()
    for kind in ROSTER:
        take_records(kind=kind, records=_records(getattr(home, kind)), source=SOURCE, name=f"{kind}.csv")
    yesterday = today() - timedelta(days=1)
    first_day = yesterday - timedelta(days=HISTORY_DAYS - 1)
    history = simulate.history(home, first_day=first_day, last_day=yesterday, transactions=transactions, seed=SEED)
    told = simulate.tables_of(history)
    for kind in HAPPENED:
        take_records(kind=kind, records=_records(told[kind]), source=SOURCE, name=f"{kind}.csv")
    for part in CAST:
        make_account(part)
    score_pending()
    checklist.work()
    _work()
    cycle.play()
    sequence_events()
    _evaluate(told["labels"])


def _evaluate(labels: pd.DataFrame) -> None:
    """What was hidden in the history is known: a worker compares it with what was found."""
    kept = keep_labels(content=labels.to_csv(index=False).encode(), name="labels.csv", source=SOURCE, actor=None)
    order_evaluation(labels_id=kept.pk, actor=None)


def _work() -> None:
    """A centre that has worked: of the older alerts most have become cases, the others carry acts of both supervisors; the newest wait."""
    waiting = list(Alert.objects.filter(status=Alert.Status.NEW).order_by("last_day", "number").values_list("number", flat=True))
    with translation.override("zh-hans"):
        for index, number in enumerate(casework.work(waiting[: len(waiting) * 3 // 4])):
            people = (person("supervisor1"), person("supervisor2"))
            _handle(number, index, people[index % 2], people[1 - index % 2])


def _handle(number: str, index: int, actor: User, other: User) -> None:
    """A little of everything: dismissed, taken and put off, handed over, checked, proposed, issued or left with a comment."""
    if index % 4 == 1:
        dismiss(number=number, actor=actor, reason=Alert.Dismissal.values[index // 4 % 4], note="已核对台账与监控")
    elif index % 8 == 3:
        casework.put_out(number, actor, other)
    else:
        acknowledge(number=number, actor=actor)
        if index % 8 == 2:
            snooze(number=number, actor=actor, until=datetime.now(UTC) + timedelta(hours=2), reason="等待窗口补交材料")
        elif index % 8 == 0:
            issue(number=number, actor=actor, text="已核对台账、环节记录与监控，情况属实。")
        elif index % 8 == 4:
            start_checking(number=number, actor=actor)
        elif index % 8 == 6:
            assign(number=number, actor=actor, to=other.pk, note="本周轮休")
        else:
            comment(number=number, actor=actor, note="已调取环节记录，待当事岗位说明")


def trickle(*, now: datetime | None = None) -> int:
    """A few transactions as of now, some of them wrong; returns how many arrived."""
    _only_in_demo()
    now = now or datetime.now(UTC)
    output = simulate.trickle(detachment(), now=now.astimezone(SHANGHAI), count=3, misconduct=0.2, seed=int(now.timestamp() * 1000))
    arrived = 0
    for kind in ("transactions", "steps"):
        records = _records(getattr(output, kind))
        if records:
            arrived += take_records(kind=kind, records=records, source=SOURCE, name="trickle").accepted
    return arrived


def accounts() -> list[tuple[str, str, str]]:
    """(account, password, role and what to see, in the shown language) of every demonstration account."""
    return [(part.username, PASSWORD, part.label) for part in CAST]
