"""The strip of a source's last days: bars, with days that are not as usual told by a shape of their own."""

from collections.abc import Sequence
from typing import Any

from ledger.intake.health import Day, Verdict

STEP, HEIGHT, HEAD = 6, 20, 7


def strip(days: Sequence[Day]) -> dict[str, Any]:
    """{width, height, foot, bars [{x, y, height, kind "working"|"rest"|"open", mark "gap"|"below"|"above"|""}]}, all in pixels.

    A full bar is the most that is usual, so that one day of far too much does not flatten the others. HEAD pixels above are kept for marks.
    """
    usual = [day.usual.high for day in days if day.usual is not None]
    most = max(usual or [day.rows for day in days], default=0) or 1
    bars = []
    for number, day in enumerate(days):
        height = min(HEIGHT, max(1, round(HEIGHT * day.rows / most))) if day.rows else 0
        bars.append(
            {
                "x": number * STEP,
                "y": HEAD + HEIGHT - height,
                "height": height,
                "kind": "open" if day.verdict == Verdict.OPEN else "working" if day.working else "rest",
                "mark": day.verdict.value if day.verdict in (Verdict.GAP, Verdict.BELOW, Verdict.ABOVE) else "",
            }
        )
    return {"width": len(days) * STEP, "height": HEAD + HEIGHT + 1, "foot": HEAD + HEIGHT, "bars": bars}
