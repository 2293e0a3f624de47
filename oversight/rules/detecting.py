"""What each detector finds, for people who choose one for a rule."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

DETECTORS: dict[str, tuple[Promise, Promise]] = {
    "accumulation": (
        gettext_lazy("Signals that add up"),
        gettext_lazy("Weak signals of many rules on one subject, weighed by level and age, add up to more than any alone."),
    ),
    "concentration": (
        gettext_lazy("A counterpart too near"),
        gettext_lazy("One intermediary brings a share of a handler's business that colleagues' business does not explain."),
    ),
    "condition": (
        gettext_lazy("Rows of a kind"),
        gettext_lazy("Single rows that meet conditions, such as cancelled after payment; counted, as a share, or by a value."),
    ),
    "consistency": (
        gettext_lazy("Equal cases, unequal treatment"),
        gettext_lazy("The same violation and facts, and a very different fine, or none, by one handler."),
    ),
    "deadline": (
        gettext_lazy("A term that has run out"),
        gettext_lazy("A statutory or procedural term is exceeded, for what is done and for what is still open."),
    ),
    "distinct": (
        gettext_lazy("Too many counterparts"),
        gettext_lazy("Too many different people, vehicles or things behind one: one phone for many owners."),
    ),
    "drift": (
        gettext_lazy("A departure from the own past"),
        gettext_lazy("A rate or number changes in a way that the peers do not share."),
    ),
    "duplicate": (
        gettext_lazy("What must differ is equal"),
        gettext_lazy("One certificate for two vehicles, identical measurements or photographs."),
    ),
    "duration": (
        gettext_lazy("Too long or too short"),
        gettext_lazy("The time between two moments of a transaction is over, under or other than it must be."),
    ),
    "frequency": (
        gettext_lazy("More business than plausible"),
        gettext_lazy("A count for each subject in a sliding window of days or minutes, weighted if need be."),
    ),
    "hold": (
        gettext_lazy("Business under a hold"),
        gettext_lazy("An agency or person that was told to stop still does business."),
    ),
    "impossible": (
        gettext_lazy("What one person cannot have done"),
        gettext_lazy("Two places at one time, or more work in a day than hours."),
    ),
    "linkage": (
        gettext_lazy("One line contradicts another"),
        gettext_lazy("A row belongs together with one of other business that forbids it, or the one it needs is not there."),
    ),
    "network": (
        gettext_lazy("Small closed groups"),
        gettext_lazy("Handlers and counterparts bound to each other by more business than colleagues' business explains."),
    ),
    "off_hours": (
        gettext_lazy("Outside working hours"),
        gettext_lazy("Handled at night, on a rest day or a holiday; declared shifts count as open."),
    ),
    "oversight": (
        gettext_lazy("The watchers watched"),
        gettext_lazy("What people do on this platform: bulk dismissals, opening and closing alone, revealing personal data."),
    ),
    "rate_outlier": (
        gettext_lazy("A rate far from the peers"),
        gettext_lazy("Passes, cancellations or waivers of one subject compared with those of fair peers."),
    ),
    "revision": (
        gettext_lazy("Changed afterwards"),
        gettext_lazy("A record altered once it was decided, or entered long after the day it claims."),
    ),
    "same_person": (
        gettext_lazy("Two roles, one person"),
        gettext_lazy("One person in roles that must be two people, or an auxiliary in a role for officers only."),
    ),
    "sequence": (
        gettext_lazy("A forbidden succession"),
        gettext_lazy("Two actions that must not follow each other, or steps of one business out of order."),
    ),
    "steered": (
        gettext_lazy("Customers steered to the few"),
        gettext_lazy("Regular counterparts whom the same few handlers serve, where the queue would have shared them out."),
    ),
    "streak": (
        gettext_lazy("A run beyond chance"),
        gettext_lazy("So many equal results in a row that chance does not explain them."),
    ),
}


def detector(code: str) -> str:
    return str(DETECTORS[code][0]) if code in DETECTORS else code


def explained(code: str) -> str:
    return str(DETECTORS[code][1]) if code in DETECTORS else ""
