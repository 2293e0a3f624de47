"""Sensitive posts and how long one person holds them, as rows that rules may be about.

A tenure is what one person holds of one post at one unit without a break of more than BREAK: who hands a post over on paper for a few days
has not rotated. It stands as its first posting, on the day on which that begins, and is read from all postings of its holder.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max, Min, Q, QuerySet

from ledger.columns.queries import in_parts
from ledger.journal.history import roster_key
from ledger.journal.models import RecordVersion
from ledger.kit.days import day_start
from ledger.roster.models import Post, Posting
from ledger.roster.services import FAR_FUTURE
from risk.frames.record_frames import Records

KIND = "postings"
BREAK = timedelta(days=30)
SENSITIVE = Q(post_code__in=Post.objects.filter(sensitive=True).values("code"))


def _pictures(found: QuerySet[Posting]) -> list[dict[str, Any]]:
    rows = list(found)
    ends = _ends({row.staff_no for row in rows})
    arrivals = _arrivals(row for row in rows if row.pk in ends)
    return [
        {
            "id": row.pk,
            "at": day_start(row.start_date),
            "arrived": arrivals.get(_key(row), day_start(row.start_date)),
            "unit": row.unit_code,
            "staff": row.staff_no,
            "post": row.post_code,
            "source": "",
            "began_at": day_start(row.start_date),
            "ended_at": day_start(ends[row.pk] + timedelta(days=1)) if ends[row.pk] < FAR_FUTURE else None,
            "name": "posting:" + _key(row).replace("\t", "/"),
        }
        for row in rows
        if row.pk in ends
    ]


def _ends(staff_nos: Collection[str]) -> dict[int, date]:
    """Of every tenure of these people, by its first posting, the last day; FAR_FUTURE where it goes on."""
    ends: dict[int, date] = {}
    current: dict[tuple[str, str, str], int] = {}
    for part in in_parts(sorted(staff_nos)):
        for row in Posting.objects.filter(staff_no__in=part).order_by("start_date", "pk"):
            last = min(row.end_date or FAR_FUTURE, FAR_FUTURE)
            place = (row.staff_no, row.post_code, row.unit_code)
            tenure = current.get(place)
            if tenure is not None and row.start_date - ends[tenure] <= BREAK + timedelta(days=1):
                ends[tenure] = max(ends[tenure], last)
            else:
                current[place] = row.pk
                ends[row.pk] = last
    return ends


def tenure_ends(ids: Collection[int]) -> dict[int, date | None]:
    """The last day of each of these tenures; None for one that goes on."""
    ends = _ends(set(Posting.objects.filter(pk__in=ids).values_list("staff_no", flat=True)))
    return {number: ends[number] if ends[number] < FAR_FUTURE else None for number in ids if number in ends}


def _key(row: Posting) -> str:
    return roster_key(KIND, {name: getattr(row, name) for name in ("staff_no", "post_code", "unit_code", "start_date")})


def _arrivals(rows: Iterable[Posting]) -> dict[str, datetime]:
    """When each was first told, as far as versions of the roster reach."""
    first = RecordVersion.objects.filter(kind=KIND, source="", number=1)
    keys = sorted(_key(row) for row in rows)
    return {key: at for part in in_parts(keys) for key, at in first.filter(key__in=part).values_list("key", "arrived_at")}


def _span() -> tuple[date, date] | None:
    ends = Posting.objects.filter(SENSITIVE).aggregate(first=Min("start_date"), last=Max("start_date"))
    return (ends["first"], ends["last"]) if ends["first"] is not None else None


# Nothing is told of it under a name of its own: a posting that comes is told as a change of the roster, which concerns every frame.
TENURES = Records(
    "tenures",
    "",
    Posting,
    _pictures,
    lambda first, last: Q(start_date__range=(first, last)),
    _span,
    text=("staff", "post"),
    moments=("began_at", "ended_at"),
    standing=SENSITIVE,
    endures=True,
)
