"""文书模板: the Word templates in use, brought by a system admin, checked before they count; no version is ever lost."""

import hashlib
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.audit.services import record
from ledger.kit.errors import BadInput, Conflict, NotFound
from ledger.kit.locks import hold
from ledger.roster.models import User
from oversight.documents.catalogue import FOLDER, KINDS
from oversight.documents.checking import Checked, check_template
from oversight.documents.files import keep, kept
from oversight.documents.kinds import DocumentKind
from oversight.documents.models import Template
from oversight.documents.values import clean

SHIPPED = 0
NAME_LENGTH, NOTE_LENGTH = 255, 200


@dataclass(frozen=True)
class Current:
    """The template that is used now; version 0 is the shipped one."""

    version: int
    sha256: str
    content: bytes


def kind_of(code: str) -> DocumentKind:
    """Raises NotFound."""
    kind = KINDS.get(code)
    if kind is None:
        raise NotFound(_("There is no such kind of document."))
    return kind


def current_template(kind: DocumentKind) -> Current:
    newest = Template.objects.filter(kind=kind.code).order_by("-version").first()
    return Current(newest.version, newest.sha256, kept(newest.sha256)) if newest else _shipped(kind)


def template_version(kind: DocumentKind, version: int) -> Current:
    """Raises NotFound."""
    if version == SHIPPED:
        return _shipped(kind)
    one = Template.objects.filter(kind=kind.code, version=version).first()
    if one is None:
        raise NotFound(_("There is no such version of the template."))
    return Current(one.version, one.sha256, kept(one.sha256))


def _shipped(kind: DocumentKind) -> Current:
    content = (FOLDER / f"{kind.code}.docx").read_bytes()
    return Current(SHIPPED, hashlib.sha256(content).hexdigest(), content)


@transaction.atomic
def put_template(
    *, kind: DocumentKind, content: bytes, name: str, actor: User, note: str = "", address: str = ""
) -> tuple[Template, Checked]:
    """Use the brought template from now on. Raises what check_template raises, Conflict when it is the one in use."""
    if not name.lower().endswith(".docx"):
        raise BadInput(_("A template is a Word document: choose a file that ends in .docx."))
    checked = check_template(kind, content)
    made = _next(kind, content, actor, name=clean(name).replace("\n", " ")[-NAME_LENGTH:], note=note)
    record("template.put", actor=actor, target=kind.code, address=address, version=made.version, sha256=made.sha256, name=made.name)
    return made, checked


@transaction.atomic
def put_back_template(*, kind: DocumentKind, version: int, actor: User, note: str = "", address: str = "") -> Template:
    """Use an earlier version again, the shipped one (0) too, as a new version. It is checked again: the kind may have changed since."""
    old = template_version(kind, version)
    check_template(kind, old.content)
    made = _next(kind, old.content, actor, put_back=version, note=note)
    record("template.put_back", actor=actor, target=kind.code, address=address, version=made.version, of=version, sha256=made.sha256)
    return made


def _next(kind: DocumentKind, content: bytes, actor: User, *, name: str = "", note: str = "", put_back: int | None = None) -> Template:
    hold(f"template {kind.code}")
    now = current_template(kind)
    if hashlib.sha256(content).hexdigest() == now.sha256:
        raise Conflict(_("This is the template in use already (version %(version)d).") % {"version": now.version})
    return Template.objects.create(
        kind=kind.code,
        version=now.version + 1,
        sha256=keep(content),
        name=name,
        put_back=put_back,
        note=clean(note).replace("\n", " ")[:NOTE_LENGTH],
        put_by=actor,
        put_at=timezone.now(),
    )
