"""Files put before the platform in the browser: kept, looked at, corrected, and then taken or dropped by whoever put them there."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction as database
from django.utils.translation import gettext as _

from ledger.audit.services import record
from ledger.intake import deliveries, originals
from ledger.intake.models import Upload
from ledger.intake.previews import look_at
from ledger.intake.reading.guesses import guess_source
from ledger.intake.reading.kinds import KINDS
from ledger.intake.reading.readers import check_size
from ledger.intake.reading.workbooks import is_spreadsheet
from ledger.intake.refused.quarantine import storable
from ledger.journal.models import Delivery
from ledger.kit import locks
from ledger.kit.errors import BadInput, Conflict, NotAllowed
from ledger.roster.accounts import Role, User
from ledger.roster.rights import roles_of

OPEN = (Upload.State.NEW, Upload.State.TRYING, Upload.State.TRIED)
# A file up to this size is looked at while its sender waits; a larger one in the background.
ATTEMPTS = 3
LOOKED_AT_ONCE, SHEET_LOOKED_AT_ONCE = 8 * 1024**2, 1024**2


@dataclass
class Taken:
    """What became of a wish to take uploads: those queued, in the order in which they will be taken, and why others were not."""

    deliveries: list[Delivery] = field(default_factory=list)
    refused: list[tuple[Upload, str]] = field(default_factory=list)


def put(*, path: Path, name: str, actor: User, address: str = "") -> Upload:
    """Keep a file that was sent, by its content, and set it before its sender. The file at `path` stays the caller's.

    Raises Unreadable for one over INTAKE_MAX_BYTES, BadInput for an empty one.
    """
    name = storable(Path(name).name)[-255:] or "-"
    size = _sized(path, name)
    sha256 = originals.keep(path)
    with database.atomic():
        _hold_original(sha256)
        if not originals.path_of(sha256).exists():  # dropped by somebody else since
            originals.keep(path)
        upload = Upload.objects.create(sha256=sha256, name=name, size=size, source=guess_source(name), uploaded_by=actor)
        record("upload.put", actor=actor, target=str(upload.pk), address=address, name=name, sha256=sha256, size=size)
    return upload


def _sized(path: Path, name: str) -> int:
    try:
        size = check_size(path, settings.INTAKE_MAX_BYTES)
    except BadInput as error:
        raise type(error)(str(error).replace(path.name, name)) from error
    if not size:
        raise BadInput(_("%(name)s is empty; there is nothing to take.") % {"name": name})
    return size


def look(*, upload: Upload) -> Upload:
    """Find out what the file is and what it is taken for: kind and sheet where they were not given."""
    preview, problem = look_at(originals.path_of(upload.sha256), name=upload.name, kind=upload.kind, sheet=upload.sheet)
    with database.atomic():
        now = Upload.objects.select_for_update(of=("self",)).get(pk=upload.pk)
        # Corrected meanwhile: what was seen belongs to another choice, and it is looked at again.
        if now.state in OPEN and (now.kind, now.sheet) == (upload.kind, upload.sheet):
            now.preview, now.problem = preview, storable(problem)[:500]
            now.kind, now.sheet = now.kind or preview.get("kind", ""), now.sheet or preview.get("sheet", "")[:100]
            now.save(update_fields=["preview", "problem", "kind", "sheet"])
    return now


def is_looked_at(upload: Upload) -> bool:
    return bool(upload.problem) or "sheets" in upload.preview


def is_quick(upload: Upload) -> bool:
    """Whether looking at the file takes no longer than its sender would wait."""
    limit = SHEET_LOOKED_AT_ONCE if is_spreadsheet(originals.path_of(upload.sha256)) else LOOKED_AT_ONCE
    return upload.size <= limit


def given_up(work: dict[str, Any]) -> bool:
    """Whether the background tried to look at a file (its `preview`) or to try it (its `trial`) so often in vain that it stopped."""
    return bool(work.get("claim", {}).get("attempts", 0) >= ATTEMPTS)


def barrier(upload: Upload) -> str:
    """Why the file cannot be taken as it stands; empty when it can. A trial in progress is no barrier."""
    if upload.problem:
        return upload.problem
    if not is_looked_at(upload):
        return _("The file has not been looked at yet.")
    return "" if upload.kind else _("Say what the file holds: its name and columns do not tell.")


@database.atomic
def change(*, upload: Upload, actor: User, kind: str, sheet: str, source: str, backfill: bool, address: str = "") -> Upload:
    """Correct what the file is taken for. What was tried no longer holds, and the file must be looked at again.

    Raises BadInput for an unknown kind or an impossible source, NotAllowed and Conflict as `take` does.
    """
    upload = _own(upload, actor)
    deliveries.check_source(source)
    if kind and kind not in KINDS:
        raise BadInput(_("There is no kind “%(kind)s”; it is one of: %(kinds)s.") % {"kind": kind, "kinds": ", ".join(KINDS)})
    if sheet and sheet not in [item["name"] for item in upload.preview.get("sheets", [])]:
        raise BadInput(_("%(name)s has no sheet “%(sheet)s”.") % {"name": upload.name, "sheet": sheet})
    if sheet != upload.sheet and kind == upload.kind:
        kind = ""  # another sheet may hold something else: it is guessed anew
    upload.kind, upload.sheet, upload.source, upload.backfill = kind, sheet, source, backfill
    upload.state, upload.trial, upload.preview, upload.problem = Upload.State.NEW, {}, {}, ""
    upload.save()
    record("upload.changed", actor=actor, target=str(upload.pk), address=address, **_choice(upload))
    return upload


@database.atomic
def add_sheet(*, upload: Upload, actor: User, sheet: str, address: str = "") -> Upload:
    """Set another sheet of the same workbook before its sender, as an upload of its own. Raises as `change` does."""
    upload = _own(upload, actor)
    if sheet not in [item["name"] for item in upload.preview.get("sheets", []) if not item["hidden"]]:
        raise BadInput(_("%(name)s has no sheet “%(sheet)s”.") % {"name": upload.name, "sheet": sheet})
    if Upload.objects.filter(sha256=upload.sha256, sheet=sheet, uploaded_by=upload.uploaded_by, state__in=OPEN).exists():
        raise Conflict(_("The sheet “%(sheet)s” of %(name)s is in the list already.") % {"name": upload.name, "sheet": sheet})
    other = Upload.objects.create(
        sha256=upload.sha256, name=upload.name, size=upload.size, sheet=sheet, source=upload.source, uploaded_by=upload.uploaded_by
    )
    record("upload.put", actor=actor, target=str(other.pk), address=address, name=other.name, sha256=other.sha256, sheet=sheet)
    return other


def ask_trial(*, upload: Upload, actor: User, address: str = "") -> Upload:
    """Have the file tried in the background (ledger.intake.trials). Raises BadInput where it cannot be read, Conflict where it is gone."""
    with database.atomic():
        upload = _open(upload)
        if why := barrier(upload):
            raise BadInput(why)
        if upload.state != Upload.State.TRYING or given_up(upload.trial):
            upload.state, upload.trial = Upload.State.TRYING, {}
            upload.save(update_fields=["state", "trial"])
            record("upload.tried", actor=actor, target=str(upload.pk), address=address, **_choice(upload))
    return upload


def take(*, uploads: Iterable[Upload], actor: User, address: str = "") -> Taken:
    """Queue the files as deliveries, what others refer to first. A file that cannot be taken is told and holds up no other."""
    taken, order = Taken(), list(KINDS)
    for upload in sorted(uploads, key=lambda one: (order.index(one.kind) if one.kind in KINDS else 0, one.pk)):
        try:
            taken.deliveries.append(_take_one(upload, actor, address))
        except (BadInput, Conflict, NotAllowed) as error:
            taken.refused.append((upload, str(error)))
    return taken


@database.atomic
def _take_one(upload: Upload, actor: User, address: str) -> Delivery:
    upload = _own(upload, actor)
    if why := barrier(upload):
        raise BadInput(why)
    if not originals.path_of(upload.sha256).exists():
        raise BadInput(_("The original of %(name)s is not there any more; send the file again.") % {"name": upload.name})
    seen = upload.preview
    delivery = deliveries.queue(
        kind=upload.kind,
        source=upload.source,
        sha256=upload.sha256,
        sheet=upload.sheet,
        backfill=upload.backfill,
        name=upload.name,
        size=upload.size,
        encoding=seen["encoding"],
        expected_rows=seen["expected_rows"],
        actor=actor.get_username(),
    )
    if Upload.objects.filter(delivery=delivery).exists():
        raise Conflict(_("%(name)s is being taken already: the same content, kind and source.") % {"name": upload.name})
    upload.state, upload.delivery = Upload.State.TAKEN, delivery
    upload.save(update_fields=["state", "delivery"])
    record("upload.taken", actor=actor, target=str(upload.pk), address=address, delivery=delivery.pk, **_choice(upload))
    return delivery


@database.atomic
def drop(*, upload: Upload, actor: User, address: str = "") -> None:
    """Put the file away untaken. Its original goes too, unless a delivery or another upload refers to the same content."""
    _hold_original(upload.sha256)
    upload = _own(upload, actor)
    upload.state, upload.preview, upload.trial = Upload.State.DROPPED, {}, {}
    upload.save(update_fields=["state", "preview", "trial"])
    record("upload.dropped", actor=actor, target=str(upload.pk), address=address, name=upload.name, sha256=upload.sha256)
    kept = Upload.objects.filter(sha256=upload.sha256).exclude(state=Upload.State.DROPPED).exists()
    if not kept and not Delivery.objects.filter(sha256=upload.sha256).exists():
        originals.path_of(upload.sha256).unlink(missing_ok=True)


def may_take(upload: Upload, user: User, roles: Iterable[Role] | None = None) -> bool:
    """Whether this person takes, changes or drops the file: whoever put it there, or a system admin."""
    return upload.uploaded_by_id == user.pk or Role.SYSTEM_ADMIN in (roles_of(user) if roles is None else roles)


def _open(upload: Upload) -> Upload:
    """The upload as it stands now, locked. Raises Conflict when it is no longer open, saying who did what."""
    now = Upload.objects.select_for_update(of=("self",)).select_related("uploaded_by", "delivery").get(pk=upload.pk)
    if now.state == Upload.State.DROPPED:
        raise Conflict(_("%(name)s was dropped meanwhile.") % {"name": now.name})
    if now.state == Upload.State.TAKEN:
        by = now.delivery.actor if now.delivery else ""
        raise Conflict(_("%(name)s was taken by %(person)s already.") % {"name": now.name, "person": by})
    return now


def _own(upload: Upload, actor: User) -> Upload:
    now = _open(upload)
    if not may_take(now, actor):
        raise NotAllowed(
            _("%(name)s was put here by %(person)s; they or a system admin take, change or drop it.")
            % {"name": now.name, "person": now.uploaded_by}
        )
    return now


def _hold_original(sha256: str) -> None:
    """One at a time decides whether a content is still needed."""
    locks.hold(f"original:{sha256}")


def _choice(upload: Upload) -> dict[str, Any]:
    names = ("name", "kind", "sheet", "source", "backfill")
    return {name: getattr(upload, name) for name in names}
