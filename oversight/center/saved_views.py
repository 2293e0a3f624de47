"""Views of the alerts list that people keep: saved, renamed, shared, pinned, deleted. Each act is audited."""

from urllib.parse import parse_qsl, urlencode

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.audit.services import record
from ledger.kit.errors import BadInput, Conflict, NotAllowed, NotFound
from ledger.roster.accounts import User
from oversight.center.lists import Wanted
from oversight.center.models import SavedView
from oversight.viewer import Viewer

MOST = 20
PINNED_MOST = 4
NAME_LENGTH = 20


def views_of(viewer: Viewer) -> QuerySet[SavedView]:
    """The views a person may open: their own, then those that are shared."""
    return SavedView.objects.filter(Q(owner=viewer.user) | Q(shared=True)).select_related("owner").order_by("-pinned", "name", "id")


def save_view(*, viewer: Viewer, name: str, query: str, shared: bool = False, pinned: bool = False) -> SavedView:
    """Keep an address of the list under a name; a name the person has already is given the new address.

    Raises BadInput for a name that is missing or too long, for a shared search and for more than MOST; NotAllowed as `_may_share`.
    """
    name, query = _name(name), _query(query, viewer)
    _may_share(viewer, shared, query)
    with transaction.atomic():
        own = SavedView.objects.filter(owner=viewer.user)
        if not own.filter(name=name).exists() and own.count() >= MOST:
            raise BadInput(_("You keep %(most)d views already; delete one first.") % {"most": MOST})
        values = {"query": query, "shared": shared, "pinned": pinned, "saved_at": timezone.now()}
        view, _created = SavedView.objects.update_or_create(owner=viewer.user, name=name, defaults=values)
        _record("view.saved", viewer, view)
    return view


def change_view(*, viewer: Viewer, pk: int, name: str, shared: bool, pinned: bool) -> SavedView:
    """Rename, share or pin an own view. Raises NotFound for one of somebody else, Conflict for a name that is taken."""
    name = _name(name)
    try:
        with transaction.atomic():
            view = _own(viewer.user, pk)
            _may_share(viewer, shared and not view.shared, view.query)
            view.name, view.shared, view.pinned = name, shared, pinned
            view.save(update_fields=["name", "shared", "pinned"])
            _record("view.changed", viewer, view)
    except IntegrityError:
        raise Conflict(_("You have another view named %(name)s; nothing was changed.") % {"name": name}) from None
    return view


@transaction.atomic
def delete_view(*, viewer: Viewer, pk: int) -> str:
    """Delete an own view and return its name. Raises NotFound for one of somebody else."""
    view = _own(viewer.user, pk)
    _record("view.deleted", viewer, view)
    view.delete()
    return view.name


def _own(user: User, pk: int) -> SavedView:
    view = SavedView.objects.select_for_update().filter(pk=pk, owner=user).first()
    if view is None:
        raise NotFound(_("There is no view of yours with this number."))
    return view


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > NAME_LENGTH:
        raise BadInput(_("Give the view a name of 1 to %(most)d characters.") % {"most": NAME_LENGTH})
    return name


def _query(query: str, viewer: Viewer) -> str:
    """The address as the list itself writes it, so that equal lists have equal addresses."""
    return urlencode(Wanted.read(dict(parse_qsl(query)), viewer).query)


def _may_share(viewer: Viewer, shared: bool, query: str) -> None:
    """Supervisors share filters, never a search: its text could tell somebody that they are looked for."""
    if not shared:
        return
    if not viewer.judges:
        raise NotAllowed(_("Only supervisors share views; keep it for yourself."))
    if "q" in dict(parse_qsl(query)):
        raise BadInput(_("A view with a search is not shared: its text could name a person. Keep it for yourself, or remove the search."))


def _record(action: str, viewer: Viewer, view: SavedView) -> None:
    told = {"query": view.query, "shared": view.shared, "pinned": view.pinned}
    record(action, actor=viewer.user, target=view.name, address=viewer.address, **told)
