"""Which items of the checklist which unit answers for, by the roster: the posts that are held there, and the agencies it oversees."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from ledger.roster.models import Agency, Post, Posting, Staff, Unit
from risk.checklist.models import ChecklistItem

KINDS = (Unit.Kind.BRIGADE, Unit.Kind.SQUAD, Unit.Kind.WINDOW)
# 全体, and 全体(持数字证书): whoever works anywhere.
EVERYBODY = "全体"
# The line in which agencies of a kind do business that a unit oversees.
AGENCY_LINES: Mapping[str, str] = {
    Agency.Kind.SERVICE_STATION: "registration",
    Agency.Kind.TEST_STATION: "inspection",
    Agency.Kind.DRIVING_SCHOOL: "exam",
    Agency.Kind.EXAM_SITE: "exam",
}


@dataclass(frozen=True)
class Roster:
    """What the roster says on a day. A post is (line, name); `held` and `overseen`, the lines of agencies, go by unit code."""

    held: Mapping[str, set[tuple[str, str]]]
    overseen: Mapping[str, set[str]]
    staffed: set[str]
    posts: set[tuple[str, str]]

    @classmethod
    def on(cls, day: date) -> "Roster":
        posts = {code: (line or "common", name) for code, line, name in Post.objects.values_list("code", "line", "name")}
        held: dict[str, set[tuple[str, str]]] = defaultdict(set)
        standing = Posting.objects.filter(Q(end_date=None) | Q(end_date__gte=day), start_date__lte=day)
        for unit_code, post_code in standing.values_list("unit_code", "post_code").distinct():
            if post_code in posts:
                held[unit_code].add(posts[post_code])
        overseen: dict[str, set[str]] = defaultdict(set)
        for unit_code, kind in Agency.objects.values_list("unit_code", "kind").distinct():
            if kind in AGENCY_LINES:
                overseen[unit_code].add(AGENCY_LINES[kind])
        staffed = set(Staff.objects.values_list("unit_code", flat=True).distinct())
        return cls(held, overseen, staffed | set(held), set(posts.values()))

    def answers_for(self, unit_code: str, item: ChecklistItem) -> bool:
        """An item of a post: where the post is held. Of everybody: where anybody works. Of a post the force does not have (of a driving
        school, of a test station): where agencies of its line are overseen."""
        if item.post.startswith(EVERYBODY):
            return unit_code in self.staffed
        post = (item.line, item.post)
        if post in self.held.get(unit_code, ()):
            return True
        return post not in self.posts and item.line in self.overseen.get(unit_code, ())


def items_by_unit(items: Iterable[ChecklistItem], day: date) -> dict[Unit, list[ChecklistItem]]:
    """The items each brigade, squad and window answers for on that day, in their order; units without one are absent."""
    roster, told = Roster.on(day), list(items)
    units = Unit.objects.filter(kind__in=KINDS).order_by("path")
    found = {unit: [item for item in told if roster.answers_for(unit.code, item)] for unit in units}
    return {unit: chosen for unit, chosen in found.items() if chosen}
