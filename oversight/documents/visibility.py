"""Who sees which document: whoever supervises the unit of its case, and of a party of the case the units it is addressed to."""

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from ledger.kit.errors import NotFound
from ledger.roster.accounts import Role, RoleGrant, User
from ledger.roster.rights import active_grants
from oversight.cases.models import Case
from oversight.cases.people import Person
from oversight.cases.visibility import CaseSight, openly_visible_cases, under
from oversight.documents.models import Addressee, Document, Edition

MAKING = (Role.SUPERVISOR, Role.LEADER, Role.DISCIPLINE)


def visible_editions(user: User, grants: list[RoleGrant] | None = None) -> QuerySet[Edition]:
    """The versions a person may see. Where they do not see the case, recused from it or because it is sealed, they see none."""
    held = active_grants(user) if grants is None else grants
    sight = CaseSight.of(user, held)
    addressed = Addressee.objects.filter(under("unit__path", sight.as_party), edition=OuterRef("pk"))
    return Edition.objects.filter(
        under("document__case__unit__path", sight.whole) | Exists(addressed), document__case__in=openly_visible_cases(user, held)
    )


def visible_documents(user: User, grants: list[RoleGrant] | None = None) -> QuerySet[Document]:
    """The documents of which they see a version."""
    return Document.objects.filter(Exists(visible_editions(user, grants).filter(document=OuterRef("pk"))))


def visible_edition(user: User, reference: str, version: int | None = None) -> Edition:
    """A version of a document, the newest they see by default. Raises NotFound alike for an unknown and for a hidden one."""
    found = visible_editions(user).filter(document__reference=reference).select_related("document__case__unit", "made_by")
    if version is not None:
        found = found.filter(version=version)
    edition = found.order_by("-version").first()
    if edition is None:
        raise NotFound(_("There is no document %(number)s that you may see.") % {"number": reference})
    return edition


def makes(user: User, case: Case, grants: list[RoleGrant] | None = None) -> bool:
    """Whether this person makes documents of the case: an officer who supervises its unit."""
    return Person.of(user, grants).may(*MAKING, over=case.unit.path)
