"""Going through the checklist: kept as a draft that whoever of the unit works on it shares, submitted when every item is answered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ledger.kit.days import SHANGHAI
from ledger.kit.errors import BadInput, Conflict
from ledger.roster.accounts import User
from oversight.cycle.acting import begin, write
from oversight.cycle.models import SHORT, TEXT, Answer, Period, Task
from oversight.cycle.queries import answers_of
from oversight.cycle.words import FIELDS

ADDITIONS = 3
NAME, POINT = 60, 200
# What may be typed at an item, with its length; the name of a field is followed by the key of its answer.
OF_ITEM = {"result": 10, "text": TEXT, "wish": 10, "wish_reason": SHORT}
OF_ADDITION = {"post": NAME, "step": NAME, "risk_point": POINT, "reason": SHORT}
NAMED = 5


@dataclass(frozen=True)
class Written:
    """What was typed: at items by the key of their answer, risk points to be added, the summary of a year."""

    items: dict[int, dict[str, str]] = field(default_factory=dict)
    additions: list[dict[str, str]] = field(default_factory=list)
    summary: str = ""

    @classmethod
    def of(cls, typed: Mapping[str, str], task: Task, answers: Iterable[Answer]) -> "Written":
        """Only what the round asks for counts. Raises BadInput for a text that is too long and for a choice that is none."""
        names = OF_ITEM if task.round.period == Period.QUARTER else {"result": 10, "text": TEXT}
        items = {one.pk: {name: _text(typed, f"{name}-{one.pk}", most, one) for name, most in names.items()} for one in answers}
        for told in items.values():
            if told["result"] not in ("", *Answer.Result.values) or told.get("wish", "") not in ("", *Answer.Wish.values):
                raise BadInput(_("Choose one of the answers that are offered."))
        additions = [
            {name: _text(typed, f"add-{number}-{name}", most) for name, most in OF_ADDITION.items()} for number in range(ADDITIONS)
        ]
        clears, sums_up = task.round.period == Period.QUARTER, task.round.period == Period.YEAR
        kept = [one for one in additions if any(one.values())] if clears else []
        return cls(items, kept, _text(typed, "summary", TEXT) if sums_up else "")


def _text(typed: Mapping[str, str], name: str, most: int, answer: Answer | None = None) -> str:
    text = typed.get(name, "").replace("\r\n", "\n").replace("\0", "").strip()
    if len(text) > most:
        told = {"field": answer.item.no if answer else _("What was typed"), "length": len(text), "most": most}
        raise BadInput(_("%(field)s has %(length)d characters, %(most)d are possible; shorten it.") % told)
    return text


@transaction.atomic
def save_draft(*, number: str, actor: User, typed: Mapping[str, str], version: int) -> Task:
    """Keep what was written. `version`: that of the draft the writer began from.

    Raises Conflict when somebody else of the unit has changed it since; then nothing is written over.
    """
    task, _to = begin("draft", number, actor)
    _keep(task, actor, typed, version)
    return task


@transaction.atomic
def submit(*, number: str, actor: User, typed: Mapping[str, str], version: int, address: str = "") -> Task:
    """Send it to the unit above. Raises BadInput naming what is missing, Conflict for a draft somebody else changed."""
    task, to = begin("submit", number, actor)
    answers = _keep(task, actor, typed, version)
    missing = missing_of(task, answers)
    if missing:
        told = pgettext("list", ", ").join(missing[:NAMED])
        more = _(" and %(number)d more") % {"number": len(missing) - NAMED} if len(missing) > NAMED else ""
        raise BadInput(_("Still missing: %(fields)s.") % {"fields": told + more})
    now = timezone.now()
    changes = {"submitted_by": actor, "submitted_at": now, "late": task.late or now > task.due_at, "reviewed_by": None, "reviewed_at": None}
    counts = {result: sum(one.result == result for one in answers) for result in Answer.Result.values}
    write(task, "submitted", actor, address, to=to, changes=changes, late=now > task.due_at, **counts)
    return task


def _keep(task: Task, actor: User, typed: Mapping[str, str], version: int) -> list[Answer]:
    if task.version != version and task.saved_by_id not in (None, actor.pk):
        at = f"{task.saved_at.astimezone(SHANGHAI):%H:%M}" if task.saved_at else ""
        raise Conflict(
            _("%(name)s changed this draft at %(time)s; what you typed stands here and was not saved. Copy it, then load the page again.")
            % {"name": str(task.saved_by), "time": at}
        )
    answers = list(answers_of(task))
    written = Written.of(typed, task, answers)
    changed = []
    for one in answers:
        told = written.items[one.pk]
        if any(getattr(one, name) != value for name, value in told.items()):
            for name, value in told.items():
                setattr(one, name, value)
            changed.append(one)
    Answer.objects.bulk_update(changed, list(OF_ITEM))
    task.additions, task.summary = written.additions, written.summary
    task.version, task.saved_by, task.saved_at = task.version + 1, actor, timezone.now()
    task.save(update_fields=["additions", "summary", "version", "saved_by", "saved_at"])
    return answers


def missing_of(task: Task, answers: Iterable[Answer]) -> list[str]:
    """What keeps a task from being submitted, by the numbers of the items and the names of the fields."""
    found = [one.item.no for one in answers if _lacks(one)]
    for one in task.additions:
        found += [str(FIELDS[name]) for name in ("post", "risk_point", "reason") if not one[name]]
    if task.round.period == Period.YEAR and not task.summary:
        found.append(_("Summary of the year"))
    return found


def _lacks(one: Answer) -> bool:
    return not one.result or (one.result == Answer.Result.FOUND and not one.text) or bool(one.wish and not one.wish_reason)
