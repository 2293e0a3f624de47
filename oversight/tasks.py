"""What the platform does by the clock; every task calls one service and may run twice without harm."""

from celery import shared_task

from oversight import doorbell
from oversight.center.relating import BY_THE_CLOCK, relate_new
from oversight.demo import services as demo
from oversight.intake.incoming import clear_abandoned
from risk.alerts import sequencer


@shared_task
def sequence_events() -> None:
    sequencer.sequence_events()
    relate_new(most=BY_THE_CLOCK)


@shared_task
def clear_incoming() -> None:
    clear_abandoned()


@shared_task
def trickle() -> None:
    """Only on the timetable of a demonstration."""
    if demo.trickle():
        doorbell.publish()
