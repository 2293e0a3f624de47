"""默认方案·待本单位核定: the policies an instance starts from. They do nothing until somebody has simulated and armed them.

Two confirmed orange matters within a quarter, or three issued ones, trip; one issued orange trips again in probation. What is held follows
from who may stop what: of a person only permissions and the allocation of work.
"""

from ledger.holds.models import Effect
from oversight.breakers.core import Terms

KINDS = ("staff", "post", "unit", "agency")
# What may be held at all, by kind.
POSSIBLE: dict[str, tuple[str, ...]] = {
    "staff": (Effect.PERMISSIONS, Effect.ALLOCATION),
    "post": (Effect.ACCEPTANCE, Effect.ALLOCATION),
    "unit": (Effect.ACCEPTANCE, Effect.ALLOCATION),
    "agency": (Effect.ACCEPTANCE, Effect.MANDATE, Effect.DATA, Effect.EXAM_SITE, Effect.EXAM_BOOKING),
}
_COMMON = {
    "weights": (0.5, 1.0, 4.0, 10.0),
    "confirmed_factor": 1.5,
    "probation_trip_at": 4.0,
    "clear_at": 2.0,
    "cooldown_hours": 24,
    "probation_days": 30,
    "review_days": 3,
}
DEFAULTS: dict[str, Terms] = {
    "staff": Terms(**_COMMON, window_days=90, trip_at=12.0, expire_days=30, effects=(Effect.PERMISSIONS, Effect.ALLOCATION)),  # type: ignore[arg-type]
    "post": Terms(**_COMMON, window_days=90, trip_at=12.0, expire_days=15, effects=(Effect.ALLOCATION,)),  # type: ignore[arg-type]
    "unit": Terms(**_COMMON, window_days=60, trip_at=24.0, expire_days=7, effects=(Effect.ALLOCATION,)),  # type: ignore[arg-type]
    "agency": Terms(**_COMMON, window_days=90, trip_at=12.0, expire_days=30, effects=(Effect.ACCEPTANCE,)),  # type: ignore[arg-type]
}
