"""Photos of findings: taken by their content and kept by it (oversight.attachments), taken off again while the unit works on the task."""

from pathlib import Path

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.kit.errors import BadInput, NotFound
from ledger.roster.accounts import User
from oversight.attachments import pieces
from oversight.attachments.formats import kind_of
from oversight.attachments.keeping import KEPT, check_size, checked_name
from oversight.cycle.acting import begin, write
from oversight.cycle.models import Answer, AnswerPaper, AnswerSending, Task
from oversight.cycle.queries import papers_of

MOST = 9


def answer_of(task: Task, answer: int) -> Answer:
    """Raises NotFound."""
    found = Answer.objects.select_related("item").filter(task=task, pk=answer).first()
    if found is None:
        raise NotFound(_("There is no such item in this task."))
    return found


@transaction.atomic
def attach(*, number: str, answer: int, actor: User, path: Path, name: str, address: str = "") -> AnswerPaper:
    """Add the file at `path`, which stays the caller's; the same content again is the photo that is there.

    Raises BadInput for another kind of file or too many of them, TooLarge, and what `begin` raises.
    """
    check_size(path.stat().st_size)
    kind = kind_of(path)
    task, _to = begin("draft", number, actor)
    of = answer_of(task, answer)
    sha256 = KEPT.keep(path)
    there = papers_of(of).filter(sha256=sha256).first()
    if there is not None:
        return there
    if papers_of(of).count() >= MOST:
        raise BadInput(_("An item has at most %(most)d photos; take one off first.") % {"most": MOST})
    about = {"name": checked_name(name), "kind": kind, "sha256": sha256, "size": path.stat().st_size}
    made = AnswerPaper.objects.create(answer=of, added_by=actor, added_at=timezone.now(), **about)
    write(task, "attached", actor, address, item=of.item.no, name=made.name, sha256=sha256)
    return made


@transaction.atomic
def detach(*, number: str, paper: int, actor: User, address: str = "") -> AnswerPaper:
    """Take one off. Raises NotFound for one that is not there, or not any more."""
    task, _to = begin("draft", number, actor)
    one = AnswerPaper.objects.select_related("answer__item").filter(answer__task=task, pk=paper, dropped_at=None).first()
    if one is None:
        raise NotFound(_("There is no such attachment."))
    one.dropped_by, one.dropped_at = actor, timezone.now()
    one.save(update_fields=["dropped_by", "dropped_at"])
    write(task, "detached", actor, address, item=one.answer.item.no, name=one.name, sha256=one.sha256)
    return one


@transaction.atomic
def begin_sending(*, number: str, answer: int, actor: User, name: str, size: int, key: str) -> tuple[AnswerSending, int]:
    """The file on its way, and how many bytes of it are here. Raises TooLarge, BadInput and what `begin` raises."""
    pieces.check_key(size, key)
    task, _to = begin("draft", number, actor)
    sending = pieces.begun(AnswerSending, actor=actor, name=name, size=size, key=key, answer=answer_of(task, answer))
    return sending, pieces.length(pieces.part_of(sending))


def take_piece(
    *, number: str, answer: int, actor: User, token: str, start: int, piece: bytes, address: str = ""
) -> tuple[int, AnswerPaper | None]:
    """How many bytes are here now, and the photo once they are all. Raises Conflict, NotFound, BadInput as pieces.added and `attach`."""
    sending, here = _added(number, answer, actor, token, start, piece)
    if here < sending.size:
        return here, None
    try:
        path = pieces.part_of(sending)
        return here, attach(number=number, answer=answer, actor=actor, path=path, name=sending.name, address=address)
    finally:
        pieces.ended(sending)


@transaction.atomic
def _added(number: str, answer: int, actor: User, token: str, start: int, piece: bytes) -> tuple[AnswerSending, int]:
    task, _to = begin("draft", number, actor)
    return pieces.added(AnswerSending, actor=actor, token=token, start=start, piece=piece, answer=answer_of(task, answer))
