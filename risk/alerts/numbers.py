"""Numbers of alerts, matters, warnings and all that follows from them."""

from ledger.kit.numbers import ALPHABET, random_number

__all__ = ["ALPHABET", "random_number"]
