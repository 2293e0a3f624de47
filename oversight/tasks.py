"""What the platform does by the clock; every task calls one service and may run twice without harm."""

from celery import shared_task

from oversight import doorbell
from oversight.actions import missed
from oversight.aftercare.running import follow_up
from oversight.breakers.evaluating import evaluate_breakers as look_at_breakers
from oversight.cases import timers as cases
from oversight.cases.escalations import overdue
from oversight.center.relating import BY_THE_CLOCK, relate_new
from oversight.cycle import opening
from oversight.cycle import timers as cycle
from oversight.demo import services as demo
from oversight.duty import reminding, undone
from oversight.duty import services as duty
from oversight.intake.incoming import clear_abandoned
from oversight.measures.suspensions import timers as suspensions
from oversight.orders import timers as orders
from risk.alerts import sequencer


@shared_task
def sequence_events() -> None:
    sequencer.sequence_events()
    relate_new(most=BY_THE_CLOCK)


@shared_task
def remind_unattended() -> None:
    """Red alerts nobody takes: who is on duty is reminded, then the leaders are told, and the stream tells both at once."""
    if reminding.remind_unattended():
        sequencer.sequence_events()


@shared_task
def tell_undone() -> None:
    """Alerts somebody had acted on when the data behind them was corrected: told to whoever has them in hand."""
    undone.tell_undone()


@shared_task
def escalate_overdue() -> None:
    """Cases of which a party is late: raised by the policy they were opened with, each step once."""
    overdue.escalate_overdue()


@shared_task
def remind_due_cases() -> None:
    """Parties and escalations whose term is near its end or over: entered once for each term."""
    cases.remind_due()


@shared_task
def follow_up_cases() -> None:
    """Closed cases: relapses reopen them, each week is measured, terms end. What was reopened is told to the stream."""
    if follow_up():
        sequencer.sequence_events()


@shared_task
def evaluate_breakers() -> None:
    """Breakers trip, run out and close; what was done under their holds is scored at the next stroke."""
    look_at_breakers()


@shared_task
def close_forgotten_shifts() -> None:
    duty.close_forgotten()


@shared_task
def remind_due_orders() -> None:
    orders.remind_due()


@shared_task
def note_last_days() -> None:
    """Suspensions whose last day comes, or is over without acceptance."""
    suspensions.note_last_days()


@shared_task
def open_rounds() -> None:
    """The month, quarter and year of the checklist whose day has come."""
    opening.open_rounds()


@shared_task
def note_missed_hits() -> None:
    """What rules no longer find since somebody raised their thresholds, as acts of that person."""
    missed.note_missed_hits()


@shared_task
def clear_incoming() -> None:
    clear_abandoned()
    cycle.forget_sendings()


@shared_task
def trickle() -> None:
    """Only on the timetable of a demonstration."""
    if demo.trickle():
        doorbell.publish()
