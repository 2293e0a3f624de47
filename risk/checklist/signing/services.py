"""Signing for the items of one's post, and saying which posts answer for items whose post the roster calls otherwise."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.audit.services import record
from ledger.kit import locks
from ledger.kit.errors import BadInput, Conflict, NotAllowed, NotFound
from ledger.roster.accounts import Role
from ledger.roster.models import Post, Unit, User
from ledger.roster.rights import active_grants
from risk.checklist.signing.models import ChecklistSignature, PostAssignment
from risk.checklist.signing.queries import in_force, signings

ASSIGNING = frozenset({Role.SQUAD_LEADER, Role.UNIT_OFFICER})


@transaction.atomic
def sign(*, post: str, seen: str, actor: User, address: str = "") -> ChecklistSignature:
    """Confirm the items of a post of the checklist that is the person's own. `seen`: the digest of the items they were shown.

    Raises NotAllowed for an account of nobody on the roster, NotFound for a post that is not theirs, Conflict for items that have
    changed meanwhile or are signed already.
    """
    if actor.staff is None:
        raise NotAllowed(_("This account belongs to nobody on the roster, so no post is theirs to sign for."))
    locks.hold(f"signature-{actor.staff.staff_no}")
    force = in_force()
    own = {one.post: one for one in signings([actor.staff], force)[actor.staff.pk]} if force else {}
    if force is None or post not in own:
        raise NotFound(_("The items of this post are not yours to sign for."))
    if own[post].signed_at is not None:
        raise Conflict(_("You have signed for these items already."))
    if force.digests[post] != seen:
        raise Conflict(_("The items have changed meanwhile; read them again."))
    digest, at = force.digests[post], timezone.now()
    made = ChecklistSignature.objects.create(version=force.version, staff=actor.staff, post=post, items_digest=digest, signed_at=at)
    record("checklist.signed", actor=actor, target=post, address=address, version=force.version.number, digest=digest)
    return made


@transaction.atomic
def assign_post(*, unit: str, post: str, checklist_post: str, actor: User, address: str = "") -> PostAssignment:
    """In a unit and below it, holders of a roster post (code) answer for the items of a post of the checklist.

    Raises NotAllowed, BadInput, Conflict.
    """
    where = _own_unit(unit, actor)
    held, force = Post.objects.filter(code=post).first(), in_force()
    if held is None:
        raise BadInput(_("Choose the post from the list."))
    if force is None or checklist_post not in force.items:
        raise BadInput(_("Choose the post of the checklist from the list."))
    told = {"assigned_by": actor, "assigned_at": timezone.now()}
    made, new = PostAssignment.objects.get_or_create(unit=where, post=held, checklist_post=checklist_post, defaults=told)
    if not new:
        raise Conflict(_("This post answers for these items already."))
    record("checklist.assigned", actor=actor, target=checklist_post, address=address, unit=unit, post=post)
    return made


@transaction.atomic
def end_assignment(*, pk: int, actor: User, address: str = "") -> None:
    """Holders of the post no longer answer for those items. What was signed stays. Raises NotFound, NotAllowed."""
    found = PostAssignment.objects.select_related("unit", "post").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("This assignment has ended already."))
    _own_unit(found.unit.code, actor)
    told = {"unit": found.unit.code, "post": found.post.code}
    found.delete()
    record("checklist.assignment_ended", actor=actor, target=found.checklist_post, address=address, **told)


def _own_unit(code: str, actor: User) -> Unit:
    """The unit, where this person leads it or one above it. Raises NotAllowed and BadInput."""
    unit = Unit.objects.filter(code=code).first()
    if unit is None:
        raise BadInput(_("Choose the unit from the list."))
    held = tuple(grant.unit.path for grant in active_grants(actor) if Role(grant.role) in ASSIGNING)
    officer = actor.staff is None or actor.staff.kind == "officer"
    if not officer or not held or not unit.path.startswith(held):
        raise NotAllowed(_("The leader of the unit says who answers for which items."))
    return unit
