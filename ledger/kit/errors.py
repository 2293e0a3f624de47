"""The few errors the project raises on purpose. Each carries one sentence for the person concerned and a stable code."""

from django.utils.functional import Promise

Text = str | Promise


class MingjingError(Exception):
    """Base of all errors that are told to a person instead of logged as a fault."""

    code = "error"
    status = 400

    def __init__(self, message: Text) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return str(self.message)


class BadInput(MingjingError):
    """What was given cannot be used; the message names the place and the way out."""

    code = "bad_input"


class Unreadable(BadInput):
    """A whole file cannot be read; nothing of it was taken."""

    code = "unreadable"


class TooLarge(MingjingError):
    """More at once than is taken; nothing of it was."""

    code = "too_large"
    status = 413


class Conflict(MingjingError):
    """Somebody else was first; nothing of this attempt was written."""

    code = "conflict"
    status = 409


class NotAllowed(MingjingError):
    """The person may not do this; the message names who may."""

    code = "not_allowed"
    status = 403


class NotFound(MingjingError):
    """There is no such thing, or this person may not know of it: both look the same."""

    code = "not_found"
    status = 404
