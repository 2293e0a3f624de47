"""Which module writes the SQL of which detector."""

import importlib
from functools import cache
from types import ModuleType

from risk.detectors.base import Spec
from tests.bench.duck.store import Store

# Hits are the same: the definition can be said in SQL to the last row.
EXACT = frozenset(
    ("condition", "deadline", "distinct", "duplicate", "duration", "frequency", "hold", "impossible", "linkage", "off_hours", "revision")
    + ("same_person", "sequence", "streak")
)
# The same cells and windows, an expectation in one pass and a limit of the same kind: what iterates, and the control of false discoveries,
# is left out. That favours the SQL, and hits differ.
NEAR = frozenset(["concentration", "consistency", "drift", "network", "rate_outlier", "steered"])


@cache
def module(detector: str) -> ModuleType:
    return importlib.import_module(f"tests.bench.duck.{detector}")


def sql(spec: Spec, store: Store) -> str:
    """The statement of a rule. Raises NoSql."""
    statement: str = module(spec.detector).sql(spec, store)
    return statement
