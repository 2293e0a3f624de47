"""What each detector finds, for people who choose one for a rule."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy

DETECTORS: dict[str, tuple[Promise, Promise]] = {
    "accumulation": (
        lazy("Signals that add up"),
        lazy("Weak signals of many rules on one subject, weighed by level and age, add up to more than any alone."),
    ),
    "concentration": (
        lazy("A counterpart too near"),
        lazy("One intermediary brings a share of a handler's business that colleagues' business does not explain."),
    ),
    "condition": (
        lazy("Rows of a kind"),
        lazy("Single rows that meet conditions, such as cancelled after payment; counted, as a share, or by a value."),
    ),
    "consistency": (
        lazy("Equal cases, unequal treatment"),
        lazy("The same violation and facts, and a very different fine, or none, by one handler."),
    ),
    "deadline": (
        lazy("A term that has run out"),
        lazy("A statutory or procedural term is exceeded, for what is done and for what is still open."),
    ),
    "distinct": (
        lazy("Too many counterparts"),
        lazy("Too many different people, vehicles or things behind one: one phone for many owners."),
    ),
    "drift": (
        lazy("A departure from the own past"),
        lazy("A rate or number changes in a way that the peers do not share."),
    ),
    "duplicate": (
        lazy("What must differ is equal"),
        lazy("One certificate for two vehicles, identical measurements or photographs."),
    ),
    "duration": (
        lazy("Too long or too short"),
        lazy("The time between two moments of a transaction is over, under or other than it must be."),
    ),
    "frequency": (
        lazy("More business than plausible"),
        lazy("A count for each subject in a sliding window of days or minutes, weighted if need be."),
    ),
    "hold": (
        lazy("Business under a hold"),
        lazy("An agency or person that was told to stop still does business."),
    ),
    "impossible": (
        lazy("What one person cannot have done"),
        lazy("Two places at one time, or more work in a day than hours."),
    ),
    "linkage": (
        lazy("One line contradicts another"),
        lazy("A row belongs together with one of other business that forbids it, or the one it needs is not there."),
    ),
    "network": (
        lazy("Small closed groups"),
        lazy("Handlers and counterparts bound to each other by more business than colleagues' business explains."),
    ),
    "off_hours": (
        lazy("Outside working hours"),
        lazy("Handled at night, on a rest day or a holiday; declared shifts count as open."),
    ),
    "oversight": (
        lazy("The watchers watched"),
        lazy("What people do on this platform: bulk dismissals, opening and closing alone, revealing personal data."),
    ),
    "rate_outlier": (
        lazy("A rate far from the peers"),
        lazy("Passes, cancellations or waivers of one subject compared with those of fair peers."),
    ),
    "revision": (
        lazy("Changed afterwards"),
        lazy("A record altered once it was decided, or entered long after the day it claims."),
    ),
    "same_person": (
        lazy("Two roles, one person"),
        lazy("One person in roles that must be two people, or an auxiliary in a role for officers only."),
    ),
    "sequence": (
        lazy("A forbidden succession"),
        lazy("Two actions that must not follow each other, or steps of one business out of order."),
    ),
    "steered": (
        lazy("Customers steered to the few"),
        lazy("Regular counterparts whom the same few handlers serve, where the queue would have shared them out."),
    ),
    "streak": (
        lazy("A run beyond chance"),
        lazy("So many equal results in a row that chance does not explain them."),
    ),
}


def detector(code: str) -> str:
    return str(DETECTORS[code][0]) if code in DETECTORS else code


def explained(code: str) -> str:
    return str(DETECTORS[code][1]) if code in DETECTORS else ""
