"""Making documents: the number, the version, its Word file, and what the record of the case says of it, in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.kit.days import today
from ledger.kit.errors import Conflict, NotAllowed
from ledger.kit.locks import hold
from ledger.roster.models import Unit, User
from oversight.cases.acting import check_dispatched
from oversight.cases.models import Case
from oversight.cases.record import enter
from oversight.documents.files import keep
from oversight.documents.filling import filled
from oversight.documents.kinds import DATED, ISSUER, MATTER, NUMBER, TITLE, DocumentKind
from oversight.documents.models import Addressee, Document, Edition
from oversight.documents.numbering import awaited_number, next_number
from oversight.documents.sources import Material, source_of
from oversight.documents.templates import current_template
from oversight.documents.values import Value, clean, context, shaped
from oversight.documents.visibility import makes
from risk.alerts.numbers import random_number

CASE = "案号"


@dataclass(frozen=True)
class Draft:
    """A document as it would be made now; its number is not given yet, unless it has one."""

    kind: DocumentKind
    case: Case
    values: dict[str, Value]
    units: tuple[Unit, ...]


def draft_document(*, kind: str, about: str, actor: User) -> Draft:
    """Raises NotFound for what is not there or not theirs to see, NotAllowed for who makes no documents of the case."""
    of_kind, source = source_of(kind)
    material = source.resolve(actor, about)
    if not makes(actor, material.case):
        raise NotAllowed(_("Documents of this case are made by officers of the centre, the discipline inspection and the leaders."))
    had = Document.objects.filter(kind=kind, about=about).first()
    number = had.number if had else awaited_number(of_kind, today())
    return Draft(of_kind, material.case, _values(of_kind, material, about, number, today()), material.units)


@transaction.atomic
def make_document(*, kind: str, about: str, actor: User, address: str = "") -> Edition:
    """Make the document, or a new version of it under the number it has.

    Raises what draft_document raises, and Conflict for a case that is not dispatched yet and when nothing has changed since its
    last version.
    """
    hold(f"document {kind} {about}")
    draft = draft_document(kind=kind, about=about, actor=actor)
    check_dispatched(draft.case)
    now = timezone.now()
    document = Document.objects.filter(kind=kind, about=about).first() or _numbered(draft, about, now)
    values = draft.values | {NUMBER: document.number}
    template = current_template(draft.kind)
    last = document.editions.order_by("-version").first()
    if last is not None and last.template_sha256 == template.sha256 and _same(last.fields, values):
        raise Conflict(
            _("Nothing has changed since version %(version)d of %(number)s was made.") % {"version": last.version, "number": str(document)}
        )
    edition = Edition.objects.create(
        document=document,
        version=last.version + 1 if last else 1,
        title=str(values[TITLE]),
        fields=values,
        template_version=template.version,
        template_sha256=template.sha256,
        sha256=keep(filled(template.content, context(draft.kind, values))),
        made_by=actor,
        made_at=now,
    )
    Addressee.objects.bulk_create(Addressee(edition=edition, unit=unit) for unit in dict.fromkeys(draft.units))
    enter(
        draft.case,
        "document.made",
        actor=actor,
        about=about,
        address=address,
        document=document.reference,
        number=document.number,
        title=edition.title,
        version=edition.version,
        sha256=edition.sha256,
    )
    return edition


def _numbered(draft: Draft, about: str, now: datetime) -> Document:
    number = next_number(draft.kind, today(now))
    return Document.objects.create(
        reference=random_number("WS", now),
        kind=draft.kind.code,
        number=number.text,
        year=number.year,
        serial=number.serial,
        case=draft.case,
        about=about,
        made_at=now,
    )


def _values(kind: DocumentKind, material: Material, about: str, number: str, day: date) -> dict[str, Value]:
    known = {ISSUER: issuer_of(material.case), DATED: f"{day.year}年{day.month}月{day.day}日", TITLE: kind.paper}
    instead = {name: clean(str(material.fields.get(name) or text)).replace("\n", " ")[:200] for name, text in known.items()}
    fields = dict(material.fields)
    if kind.field(CASE) is not None:
        fields[CASE] = fields.get(CASE) or material.case.number
    return shaped(kind, fields) | instead | {NUMBER: number, MATTER: about}


def issuer_of(case: Case) -> str:
    """发文机关: the unit at the root of the tree, in whose name the centre writes."""
    return Unit.objects.get(path=case.unit.path[: Unit.steplen]).name


def _same(before: Mapping[str, Value], now: Mapping[str, Value]) -> bool:
    """Whether two versions say the same; the day alone makes no new one."""
    return {name: value for name, value in before.items() if name != DATED} == {name: value for name, value in now.items() if name != DATED}
