"""The quarantine as a list: its parts with their figures, filters kept in the address, the biggest causes first, pages by key."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Min, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger.intake.models import Quarantined
from ledger.intake.refused.queries import PARTS, visible_rows
from ledger.journal.models import Delivery
from oversight.center.presenters.times import lasted, short_time
from oversight.intake import quarantine_words as words
from oversight.viewer import Viewer

PAGE = 50
OFFERED = 30
AGES = (1, 3, 7, 30)
ALL = "all"
LABELS: dict[str, Promise] = {
    "open": gettext_lazy("To be corrected"),
    "asked": gettext_lazy("Discard to be approved"),
    "waiting": gettext_lazy("Waiting for transactions"),
    "settled": gettext_lazy("Settled"),
}
# Those in which somebody must do something: the oldest comes first.
WORK = ("open", "asked")
CAME = {"rejected": Q(serial_no=""), "waiting": ~Q(serial_no="")}
SETTLED = ("corrected", "repeated", "discarded", "taken")


@dataclass(frozen=True)
class Wanted:
    """What the address asks for. `came`: as its delivery counted a row, rejected or waiting; `age`: open for more than so many days."""

    tab: str
    delivery: str = ""
    source: str = ""
    kind: str = ""
    reason: str = ""
    column: str = ""
    age: str = ""
    state: str = ""
    discard: str = ""
    came: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Wanted":
        """Unknown values count as not given, so that an old bookmark still opens a list."""
        text = {one.name: str(query.get(one.name, "")).strip()[:60] for one in fields(cls)}
        if text["tab"] not in (*PARTS, ALL):
            text["tab"] = ALL if text["delivery"] else next(iter(PARTS))
        known = {
            "age": [str(days) for days in AGES] if text["tab"] in WORK else [],
            "state": SETTLED if text["tab"] in ("settled", ALL) else [],
            "came": CAME,
        }
        for name, values in known.items():
            if text[name] not in values:
                text[name] = ""
        for name in ("delivery", "discard"):
            if not (text[name].isascii() and text[name].isdigit() and len(text[name]) < 19):
                text[name] = ""
        return cls(**text)

    @property
    def filters(self) -> dict[str, str]:
        return {one.name: value for one in fields(self) if one.name != "tab" and (value := getattr(self, one.name))}

    @property
    def query(self) -> str:
        return urlencode({"tab": self.tab, **self.filters})

    def url(self, **changes: str) -> str:
        return f"{reverse('intake:quarantine')}?{replace(self, **changes).query}"


class RefusedList:
    """The list a person asked for. All its figures come from the querysets that also give its rows."""

    def __init__(self, viewer: Viewer, wanted: Wanted) -> None:
        self.viewer, self.wanted = viewer, wanted
        self.works = wanted.tab in WORK

    @cached_property
    def _seen(self) -> QuerySet[Quarantined]:
        return visible_rows(self.viewer.user)

    @cached_property
    def _part(self) -> QuerySet[Quarantined]:
        """The part, with the filters that show no figures of their own."""
        wanted = self.wanted
        found = self._seen if wanted.tab == ALL else self._seen.filter(PARTS[wanted.tab])
        if wanted.age:
            found = found.filter(first_seen_at__lt=timezone.now() - timedelta(days=int(wanted.age)))
        if wanted.state:
            found = found.filter(state=wanted.state)
        if wanted.discard:
            found = found.filter(discard=int(wanted.discard))
        if wanted.delivery:
            found = found.filter(delivery=int(wanted.delivery))
        return found.filter(CAME[wanted.came]) if wanted.came else found

    @cached_property
    def rows(self) -> QuerySet[Quarantined]:
        """The rows of the list in its order: the oldest work first, else the latest refused."""
        chosen = {name: value for name in ("source", "kind", "reason", "column") if (value := getattr(self.wanted, name))}
        found = self._part.filter(**chosen)
        return found.order_by("first_seen_at", "id") if self.works else found.order_by("-id")

    def page(self, after: str) -> tuple[list[Quarantined], str | None]:
        """The rows after the row of this number, and the address of the next page."""
        found = self.rows
        last = self._seen.filter(pk=int(after)).first() if after.isascii() and after.isdigit() and len(after) < 19 else None
        if last is not None and self.works:
            found = found.filter(Q(first_seen_at__gt=last.first_seen_at) | Q(first_seen_at=last.first_seen_at, id__gt=last.pk))
        elif last is not None:
            found = found.filter(id__lt=last.pk)
        related = ("delivery", "settled_by", "discard__asked_by", "discard__decided_by")
        page = list(found.select_related(*related)[: PAGE + 1])
        more = len(page) > PAGE
        return page[:PAGE], f"{self.wanted.url()}&after={page[PAGE - 1].pk}" if more else None

    @cached_property
    def figures(self) -> list[dict[str, Any]]:
        """How many rows there are of each source, kind, reason and column, and how old the oldest is: behind every figure of the page."""
        grouped = self._part.order_by().values("source", "kind", "reason", "column")
        return [dict(row) for row in grouped.annotate(number=Count("id"), oldest=Min("first_seen_at"))]

    def _matching(self, **changes: str) -> list[dict[str, Any]]:
        wanted = replace(self.wanted, **changes)
        chosen = {name: value for name in ("source", "kind", "reason", "column") if (value := getattr(wanted, name))}
        return [row for row in self.figures if all(row[name] == value for name, value in chosen.items())]

    @property
    def total(self) -> int:
        return sum(row["number"] for row in self._matching())

    @property
    def oldest(self) -> datetime | None:
        return min((row["oldest"] for row in self._matching()), default=None)

    def parts(self) -> list[dict[str, Any]]:
        """Each part with the number of rows that opening it shows."""
        counts = self._seen.aggregate(**{key: Count("id", filter=part) for key, part in PARTS.items()})
        parts = [{"label": LABELS[key], "count": counts[key], "url": Wanted(key).url(), "active": key == self.wanted.tab} for key in PARTS]
        if self.wanted.tab == ALL:
            parts.append({"label": _("All"), "count": self.total, "url": self.wanted.url(), "active": True})
        return parts

    def causes(self) -> list[dict[str, Any]]:
        """Reason and column with their number and the age of the oldest, the biggest first; whatever is chosen of them."""
        sums: dict[tuple[str, str], tuple[int, datetime]] = {}
        for row in self._matching(reason="", column=""):
            key = (row["reason"], row["column"])
            number, oldest = sums.get(key, (0, row["oldest"]))
            sums[key] = (number + row["number"], min(oldest, row["oldest"]))
        now, chosen = timezone.now(), (self.wanted.reason, self.wanted.column)
        return [
            {
                "title": words.reason_title(reason),
                "column": column,
                "count": number,
                "age": lasted(now - oldest),
                "url": self.wanted.url(reason="", column="")
                if (reason, column) == chosen
                else self.wanted.url(reason=reason, column=column),
                "active": (reason, column) == chosen,
            }
            for (reason, column), (number, oldest) in sorted(sums.items(), key=lambda item: -item[1][0])
        ]

    def filters(self) -> list[dict[str, Any]]:
        kinds = {row["kind"]: words.kind_label(row["kind"]) for row in self.figures}
        reasons = {row["reason"]: words.reason_title(row["reason"]) for row in self.figures}
        plain = {name: {row[name]: row[name] for row in self.figures if row[name]} for name in ("source", "column")}
        shown = [
            self._filter("delivery", _("File"), self._deliveries(), counted=False),
            self._filter("source", _("Source"), plain["source"]),
            self._filter("kind", _("Content"), kinds),
            self._filter("reason", _("Reason"), reasons),
            self._filter("column", _("Column"), plain["column"]),
        ]
        if self.works and (self.figures or self.wanted.age):
            ages = {str(days): _("over %(days)d days") % {"days": days} if days > 1 else _("over a day") for days in AGES}
            shown.append(self._filter("age", _("Age"), ages, counted=False))
        if self.wanted.tab in ("settled", ALL) and (self.figures or self.wanted.state):
            shown.append(self._filter("state", _("Outcome"), {state: str(words.STATES[state]) for state in SETTLED}, counted=False))
        return [one for one in shown if len(one["options"]) > 1]

    def _filter(self, name: str, label: str, found: Mapping[str, str], *, counted: bool = True) -> dict[str, Any]:
        """A filter with its values; the one set is always among them."""
        chosen = getattr(self.wanted, name)
        known = dict(found) | ({chosen: found.get(chosen, chosen)} if chosen else {})
        options = [
            {
                "label": text,
                "count": sum(row["number"] for row in self._matching(**{name: value})) if counted else None,
                "url": self.wanted.url(**{name: value}),
                "selected": value == chosen,
            }
            for value, text in known.items()
        ]
        everything = {"label": _("All"), "count": None, "url": self.wanted.url(**{name: ""}), "selected": not chosen}
        return {"label": label, "chosen": known.get(chosen, ""), "options": [everything, *options]}

    def _deliveries(self) -> dict[str, str]:
        """The latest deliveries of the part, by name and time."""
        part = self._seen if self.wanted.tab == ALL else self._seen.filter(PARTS[self.wanted.tab])
        numbers = set(part.order_by("-delivery_id").values_list("delivery_id", flat=True).distinct()[:OFFERED])
        if self.wanted.delivery:
            numbers.add(int(self.wanted.delivery))
        return {str(one.pk): file_title(one) for one in Delivery.objects.filter(pk__in=numbers).order_by("-pk")}

    def sheets(self) -> list[dict[str, Any]]:
        """What of the list can be downloaded as one sheet: the rows of one source and kind, which is what one file can bring back."""
        sums: dict[tuple[str, str], int] = defaultdict(int)
        for row in self._matching():
            sums[row["source"], row["kind"]] += row["number"]
        address = reverse("intake:quarantine_sheet")
        return [
            {
                "label": f"{words.kind_label(kind)} · {source}",
                "count": number,
                **{form: f"{address}?{replace(self.wanted, source=source, kind=kind).query}&form={form}" for form in ("xlsx", "csv")},
            }
            for (source, kind), number in sorted(sums.items(), key=lambda item: -item[1])
        ]


def file_title(delivery: Delivery) -> str:
    """A delivery as people know it: the file, or the system, and when it came."""
    return f"{delivery.name or delivery.source} {short_time(delivery.started_at)}"
