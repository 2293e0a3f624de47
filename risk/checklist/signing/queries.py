"""Which items are whose, and who has signed for them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import Q
from django.utils import timezone

from ledger.kit.days import event_day
from ledger.roster.models import Post, Posting, Staff, Unit
from risk.checklist.contents import canonical_digest, entry_of
from risk.checklist.models import ChecklistItem, ChecklistVersion
from risk.checklist.queries import version_at
from risk.checklist.signing.models import ChecklistSignature, PostAssignment

# The post of the checklist that everybody holds.
EVERYBODY = "全体"


@dataclass(frozen=True)
class Signing:
    """Whether one person has signed for the items of one post: when, and under which version; None while they have not."""

    post: str
    signed_at: datetime | None = None
    version: int | None = None


class InForce:
    """The version in force with its items by post; read once."""

    def __init__(self, version: ChecklistVersion) -> None:
        self.version = version

    @cached_property
    def items(self) -> dict[str, list[ChecklistItem]]:
        """The items of each post the checklist names, in its order."""
        found: dict[str, list[ChecklistItem]] = {}
        for item in self.version.items.order_by("place"):
            found.setdefault(item.post, []).append(item)
        return found

    @cached_property
    def digests(self) -> dict[str, str]:
        """What a signature for each post is about."""
        return {post: canonical_digest([asdict(entry_of(item)) for item in items]) for post, items in self.items.items()}

    def posts_of(self, held: Iterable[tuple[str, str]], assigned: dict[str, dict[str, list[str]]], post_names: dict[str, str]) -> list[str]:
        """The posts of the checklist somebody answers for who holds `held`, pairs of a post's code and the path of its unit."""
        found = {EVERYBODY}
        for code, path in held:
            found.add(post_names.get(code, ""))
            for above, posts in assigned.get(code, {}).items():
                if path.startswith(above):
                    found.update(posts)
        return [post for post in self.items if post in found]


def in_force(moment: datetime | None = None) -> InForce | None:
    version = version_at(moment or timezone.now())
    return InForce(version) if version else None


def posts_by_staff(staff_nos: Iterable[str], force: InForce, moment: datetime | None = None) -> dict[str, list[str]]:
    """For each of these people the posts of the checklist they answer for today: by the name of a post they hold, by assignment, or as
    everybody does."""
    day, wanted = event_day(moment or timezone.now()), set(staff_nos)
    current = Posting.objects.filter(Q(end_date=None) | Q(end_date__gte=day), start_date__lte=day)
    if len(wanted) < 500:
        current = current.filter(staff_no__in=wanted)
    paths, held = dict(Unit.objects.values_list("code", "path")), defaultdict(list)
    for staff_no, post, unit in current.values_list("staff_no", "post_code", "unit_code"):
        held[staff_no].append((post, paths.get(unit, "")))
    assigned, names = _assigned(), dict(Post.objects.values_list("code", "name"))
    return {staff_no: force.posts_of(held[staff_no], assigned, names) for staff_no in wanted}


def _assigned() -> dict[str, dict[str, list[str]]]:
    """Posts of the checklist by code of a roster post and path of the unit in which it was assigned."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for code, path, post in PostAssignment.objects.values_list("post__code", "unit__path", "checklist_post"):
        found[code][path].append(post)
    return found


def signings(people: Iterable[Staff], force: InForce) -> dict[int, list[Signing]]:
    """For each person what they answer for and whether they have signed, by the key of the staff member."""
    people = list(people)
    posts = posts_by_staff([one.staff_no for one in people], force)
    signed: dict[tuple[int, str], Signing] = {}
    found = ChecklistSignature.objects.filter(version__number__lte=force.version.number, items_digest__in=force.digests.values())
    if len(people) < 500:
        found = found.filter(staff__in=people)
    for staff, post, digest, at, number in found.order_by("version__number").values_list(
        "staff_id", "post", "items_digest", "signed_at", "version__number"
    ):
        if force.digests.get(post) == digest:
            signed[staff, post] = Signing(post, at, number)
    return {one.pk: [signed.get((one.pk, post), Signing(post)) for post in posts[one.staff_no]] for one in people}


def assignments_below(paths: tuple[str, ...]) -> list[PostAssignment]:
    """The assignments of the units below these parts of the tree, in the order of the tree."""
    found = PostAssignment.objects.select_related("unit", "post", "assigned_by").order_by("unit__path", "post__code", "checklist_post")
    return [one for one in found if one.unit.path.startswith(paths)] if paths else []
