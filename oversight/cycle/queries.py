"""Reading the cycle: a unit's tasks are seen by itself, the units above it, who watches, the checklist's administrators and the audit."""

from datetime import datetime

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models import CharField as Char
from django.utils.translation import gettext as _

from ledger.kit.errors import NotFound
from ledger.roster.accounts import Role, RoleGrant, User
from ledger.roster.rights import active_grants, windows
from oversight.cases.visibility import under
from oversight.cycle.models import Answer, AnswerPaper, Proposal, Round, Summary, Task
from risk.checklist.models import ChecklistItem

S = Task.Status


def _paths(user: User, grants: list[RoleGrant] | None) -> tuple[str, ...]:
    return tuple(window.path for window in windows(user, "cycle", grants))


def visible_tasks(user: User, grants: list[RoleGrant] | None = None) -> QuerySet[Task]:
    """The tasks a person may see. `grants`: their active ones, where the caller has them."""
    return Task.objects.filter(under("unit__path", _paths(user, grants)))


def visible_task(user: User, number: str) -> Task:
    """One task by its number, with its round and unit. Raises NotFound alike for an unknown and for a hidden one."""
    task = (
        visible_tasks(user)
        .select_related("round__version", "unit", "submitted_by", "reviewed_by", "saved_by")
        .filter(number=number)
        .first()
    )
    if task is None:
        raise NotFound(_("There is no task %(number)s that you may see.") % {"number": number})
    return task


def standing(now: datetime) -> Case:
    """How a task stands, for the database: overdue, untouched, being filled in (at_work), submitted or accepted; exactly one of them."""
    return Case(
        When(status__in=Task.AT_WORK, due_at__lte=now, then=Value("overdue")),
        When(status=S.OPEN, version=0, then=Value("untouched")),
        When(status__in=Task.AT_WORK, then=Value("at_work")),
        When(status=S.SUBMITTED, then=Value("submitted")),
        default=Value("accepted"),
        output_field=Char(),
    )


def answers_of(task: Task) -> QuerySet[Answer]:
    """In the order of the checklist, with their items."""
    return Answer.objects.filter(task=task).select_related("item", "noted_by").order_by("item__place")


def papers_of(answer: Answer) -> QuerySet[AnswerPaper]:
    return answer.papers.filter(dropped_at=None).order_by("id")


def visible_paper(user: User, number: str, paper: int) -> AnswerPaper:
    """A photo of a task the person may see. Raises NotFound."""
    task = visible_task(user, number)
    found = AnswerPaper.objects.filter(answer__task=task, pk=paper, dropped_at=None).first()
    if found is None:
        raise NotFound(_("There is no such attachment."))
    return found


def visible_rounds(user: User, grants: list[RoleGrant] | None = None) -> QuerySet[Round]:
    """The rounds in which they see a task."""
    return Round.objects.filter(Exists(visible_tasks(user, grants).filter(round=OuterRef("pk"))))


def grave_findings(user: User, grants: list[RoleGrant] | None = None) -> QuerySet[Answer]:
    """What units that this person watches have found at items of high risk, once they have submitted it."""
    held = active_grants(user) if grants is None else grants
    over = tuple(grant.unit.path for grant in held if grant.role in (Role.SUPERVISOR, Role.LEADER, Role.DISCIPLINE))
    sent = Q(task__status__in=[S.SUBMITTED, S.ACCEPTED])
    found = Answer.objects.filter(sent, under("task__unit__path", over), result=Answer.Result.FOUND, item__level=ChecklistItem.Level.HIGH)
    return found.select_related("task__unit", "task__round", "item", "noted_by")


def visible_proposals(user: User, grants: list[RoleGrant] | None = None) -> QuerySet[Proposal]:
    """What units whose tasks this person sees want changed in the checklist."""
    seen = Proposal.objects.filter(under("task__unit__path", _paths(user, grants)))
    return seen.select_related("task__unit", "task__round", "item", "proposed_by", "decided_by")


def visible_summaries(user: User, grants: list[RoleGrant] | None = None) -> QuerySet[Summary]:
    """Those of units all of whose tasks this person sees."""
    return Summary.objects.filter(under("unit__path", _paths(user, grants)))


def visible_summary(user: User, reference: str) -> Summary:
    """One by its reference. Raises NotFound alike for an unknown and for a hidden one."""
    found = visible_summaries(user).select_related("round__version", "unit", "made_by").filter(reference=reference).first()
    if found is None:
        raise NotFound(_("There is no document %(number)s that you may see.") % {"number": reference})
    return found
