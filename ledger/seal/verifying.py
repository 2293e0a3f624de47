"""The verifiers of `verify_ledger`: each looks at everything of one kind that is written once; higher packages register their own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Fault:
    """One row that does not hold; `subject` names it as people would look for it, `told` says what is wrong in either language."""

    subject: str
    told_zh: str
    told_en: str

    def __str__(self) -> str:
        return f"{self.subject}：{self.told_zh} · {self.told_en}"


@dataclass
class Verified:
    """What one verifier looked at: how many rows, and the faults it found."""

    name: str
    rows: int = 0
    faults: list[Fault] = field(default_factory=list)


Tell = Callable[[int], None]
# Yields for every row it looked at the fault of it, or None.
Verifier = Callable[[], Iterator[Fault | None]]
_verifiers: dict[str, Verifier] = {}
TOLD_EVERY = 10_000


def register_verifier(name: str, verifier: Verifier) -> None:
    """Have `verify_ledger` call it; `name` is what the result is told under. Registering the same one again changes nothing."""
    if _verifiers.setdefault(name, verifier) is not verifier:
        raise ValueError(f"two verifiers named {name}")


def verifiers() -> tuple[str, ...]:
    return tuple(_verifiers)


def verify(name: str, tell: Tell = lambda _rows: None) -> Verified:
    """Run one verifier. `tell` hears from time to time how many rows were looked at."""
    done = Verified(name)
    for fault in _verifiers[name]():
        done.rows += 1
        if fault is not None:
            done.faults.append(fault)
        if done.rows % TOLD_EVERY == 0:
            tell(done.rows)
    return done
