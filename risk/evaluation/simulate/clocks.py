"""Wall time and working time.

Wall time is seconds since 1970-01-01 00:00 on the Shanghai clock (no zone, no summer time); working time counts only the seconds
an office is open, so that a step planned 40 working minutes later never falls into lunch, a night or a holiday.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

import chinese_calendar
import numpy as np

DAY = 86_400
OFFICE_HOURS = "08:30-12:00,13:00-17:30"
SATURDAY_HOURS = "09:00-12:00"
EPOCH = date(1970, 1, 1)


def wall(moment: date | datetime) -> int:
    """A Shanghai date (its midnight) or naive moment as wall seconds."""
    if isinstance(moment, datetime):
        return int((moment - datetime(1970, 1, 1)).total_seconds())
    return (moment - EPOCH).days * DAY


def day_of(seconds: int) -> date:
    return EPOCH + timedelta(days=int(seconds) // DAY)


@cache
def is_workday(day: date) -> bool:
    """Chinese working day with holidays and make-up days; past the last published year, Monday to Friday."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def days_between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=i) for i in range((last - first).days + 1)]


def spans(hours: str) -> list[tuple[int, int]]:
    """'08:30-12:00,13:00-17:30' as (start, length) in seconds of the day."""
    found = []
    for span in hours.split(","):
        start, end = (int(part[:2]) * 3600 + int(part[3:]) * 60 for part in span.split("-"))
        found.append((start, end - start))
    return found


def text(seconds: np.ndarray, known: np.ndarray | None = None) -> np.ndarray:
    """Wall seconds as 'YYYY-MM-DD HH:MM:SS', empty where not `known`."""
    letters = np.datetime_as_string(np.asarray(seconds, dtype=np.int64).astype("datetime64[s]"), unit="s").astype("U19")
    if len(letters):
        letters.view(np.uint32).reshape(-1, 19)[:, 10] = ord(" ")
    return letters if known is None else np.where(known, letters, "")


@dataclass(frozen=True)
class OfficeClock:
    """Opening spans of an office: `starts` in wall seconds, `lengths` in seconds, `before` working seconds before each span."""

    starts: np.ndarray
    lengths: np.ndarray
    before: np.ndarray

    @classmethod
    def of(cls, first: date, last: date, *, hours: str = OFFICE_HOURS, shifts: dict[date, str] | None = None) -> "OfficeClock":
        """Working days of [first, last] with `hours`, and the declared `shifts` by day."""
        starts, lengths = [], []
        for day in days_between(first, last):
            opening = hours if is_workday(day) else (shifts or {}).get(day)
            for start, length in spans(opening) if opening else []:
                starts.append(wall(day) + start)
                lengths.append(length)
        before = np.concatenate([[0], np.cumsum(lengths)[:-1]]) if lengths else np.zeros(0)
        return cls(np.array(starts, dtype=np.int64), np.array(lengths, dtype=np.int64), before.astype(np.int64))

    def working(self, seconds: np.ndarray) -> np.ndarray:
        """Wall seconds to working seconds; a moment outside opening time becomes the end of the span before it."""
        span = np.clip(np.searchsorted(self.starts, seconds, "right") - 1, 0, len(self.starts) - 1)
        return self.before[span] + np.clip(seconds - self.starts[span], 0, self.lengths[span] - 1)

    def later(self, seconds: np.ndarray, pause: np.ndarray) -> np.ndarray:
        """Wall seconds of the moment `pause` working seconds after `seconds`."""
        work = self.working(seconds) + np.asarray(pause, dtype=np.int64)
        span = np.clip(np.searchsorted(self.before, work, "right") - 1, 0, len(self.starts) - 1)
        return self.starts[span] + work - self.before[span]

    def left(self, seconds: np.ndarray) -> np.ndarray:
        """Working seconds left of the day after each wall second."""
        return self.working(np.asarray(seconds) // DAY * DAY + DAY - 1) - self.working(seconds)

    def is_open(self, seconds: int) -> bool:
        span = int(np.searchsorted(self.starts, seconds, "right")) - 1
        return span >= 0 and seconds < self.starts[span] + self.lengths[span]
