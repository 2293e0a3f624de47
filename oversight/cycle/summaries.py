"""月清查汇总, 季清理报告, 年总结 on paper: the figures of a round for the units below one, as a Word file that is kept."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from ledger.audit.services import record
from ledger.kit.days import today
from ledger.kit.errors import Conflict, NotAllowed, NotFound
from ledger.kit.locks import hold
from ledger.kit.numbers import random_number
from ledger.roster.accounts import Role, RoleGrant, User
from ledger.roster.models import Unit
from ledger.roster.rights import active_grants
from oversight.cases.people import Person
from oversight.cycle.models import Answer, Period, Proposal, Round, Summary, Task
from oversight.cycle.queries import standing, visible_rounds
from oversight.cycle.words import STANDINGS, days_of, title_of
from oversight.documents.case_kinds import CYCLE
from oversight.documents.files import keep
from oversight.documents.filling import filled
from oversight.documents.kinds import DATED, ISSUER, MATTER, NUMBER, TITLE
from oversight.documents.templates import current_template
from oversight.documents.values import Value, context, shaped

MAKING = (Role.SUPERVISOR, Role.LEADER, Role.DISCIPLINE, Role.UNIT_OFFICER)
TITLES = {Period.MONTH: "清查汇总", Period.QUARTER: "清理报告", Period.YEAR: "总结"}
MOST_FINDINGS = 200
SAME_BUT_FOR = (DATED, "统计时间")


def makers_units(user: User, grants: list[RoleGrant] | None = None) -> list[Unit]:
    """The units for which this person puts a round on paper: those their roles are held over."""
    held = active_grants(user) if grants is None else grants
    if not Person.of(user, held).officer:
        return []
    return list({grant.unit.pk: grant.unit for grant in held if grant.role in MAKING}.values())


@transaction.atomic
def make_summary(*, round_pk: int, unit_code: str, actor: User, address: str = "") -> Summary:
    """Put a round on paper for a unit and those below it; again, as a new version.

    Raises NotFound for a round or unit that is not theirs to see, NotAllowed, Conflict when nothing has changed since the last version.
    """
    one = visible_rounds(actor).select_related("version").filter(pk=round_pk).first()
    if one is None:
        raise NotFound(_("There is no such round."))
    unit = next((unit for unit in makers_units(actor) if unit.code == unit_code), None)
    if unit is None:
        raise NotAllowed(_("Summaries are made by officers of the centre and of the unit, for the unit their role is held over."))
    hold(f"cycle summary {one.pk} {unit.pk}")
    fields, template = summary_fields(one, unit), current_template(CYCLE)
    last = Summary.objects.filter(round=one, unit=unit).order_by("-version").first()
    if last is not None and last.template_sha256 == template.sha256 and _same(last.fields, fields):
        raise Conflict(_("Nothing has changed since version %(version)d was made.") % {"version": last.version})
    now = timezone.now()
    made = Summary.objects.create(
        reference=random_number("QH", now),
        round=one,
        unit=unit,
        version=last.version + 1 if last else 1,
        fields=fields,
        template_version=template.version,
        template_sha256=template.sha256,
        sha256=keep(filled(template.content, context(CYCLE, fields))),
        made_by=actor,
        made_at=now,
    )
    record("cycle.summary_made", actor=actor, target=made.reference, address=address, round=str(one), unit=unit.code, version=made.version)
    return made


def _same(before: dict[str, Any], now: dict[str, Any]) -> bool:
    """The day and the moment alone make no new version."""
    return {key: one for key, one in before.items() if key not in SAME_BUT_FOR} == {
        key: one for key, one in now.items() if key not in SAME_BUT_FOR
    }


def summary_fields(one: Round, unit: Unit) -> dict[str, Value]:
    """The values of the document, as the tasks stand now. It is in Chinese whatever the reader's language."""
    with override("zh-hans"):
        tasks = list(
            Task.objects.filter(round=one, unit__path__startswith=unit.path)
            .annotate(how=standing(timezone.now()))
            .select_related("unit")
            .order_by("unit__path")
        )
        answers = list(
            _counted(Answer.objects.filter(task__in=tasks).select_related("item", "task__unit").order_by("item__place", "pk"), tasks)
        )
        told = shaped(CYCLE, _figures(one, unit, tasks, answers) | _lists(one, tasks, answers))
        known = {TITLE: f"{days_of(one)}{TITLES[Period(one.period)]}", ISSUER: unit.name, DATED: _day(today())}
    return told | known | {NUMBER: "", MATTER: ""}


def _counted(answers: Iterable[Answer], tasks: list[Any]) -> Iterable[Answer]:
    """Only what was submitted counts: a draft may still become anything."""
    sent = {task.pk for task in tasks if task.status in (Task.Status.SUBMITTED, Task.Status.ACCEPTED)}
    return (one for one in answers if one.task_id in sent)


def _figures(one: Round, unit: Unit, tasks: list[Any], answers: list[Answer]) -> dict[str, Any]:
    results = {result: sum(answer.result == result for answer in answers) for result in Answer.Result.values}
    stand = {how: sum(task.how == how for task in tasks) for how in STANDINGS}
    return {
        "单位": unit.name,
        "期间": f"{_day(one.first_day)}至{_day(one.last_day)}",
        "清单版本": f"第{one.version.number}版",
        "统计时间": _day(today()),
        "应清查单位": f"{len(tasks)}个",
        "完成情况": "，".join(f"{STANDINGS[how]}{number}个" for how, number in stand.items()),
        "清查项次": f"{len(answers)}项次（已提交的单位）",
        "清查结果": f"无问题{results['fine']}，发现问题{results['found']}，不适用{results['none']}",
        "逾期提交": f"{sum(task.late for task in tasks)}个",
    }


def _lists(one: Round, tasks: list[Any], answers: list[Answer]) -> dict[str, Any]:
    found = [answer for answer in answers if answer.result == Answer.Result.FOUND]
    by_unit = [
        {
            "单位": task.unit.name,
            "状态": str(STANDINGS[task.how]),
            "项数": str(sum(answer.task_id == task.pk for answer in answers) or "–"),
            "发现问题": str(sum(answer.task_id == task.pk for answer in found) or "–"),
        }
        for task in tasks
    ]
    findings = [
        {"清单项": answer.item.no, "单位": answer.task.unit.name, "风险点": answer.item.risk_point, "情况": answer.text}
        for answer in found[:MOST_FINDINGS]
    ]
    proposals = Proposal.objects.filter(task__in=tasks).select_related("item", "task__unit").order_by("pk")
    wanted = [
        f"{each.task.unit.name}：{each.get_change_display()}“{each.item.no if each.item else each.wanted['risk_point']}”（{each.reason}）"
        for each in proposals
    ]
    sums = [f"{task.unit.name}：{task.summary}" for task in tasks if task.summary and task.status in ("submitted", "accepted")]
    year = _of_the_year(one, tasks) if one.period == Period.YEAR else []
    more = [f"另有{len(found) - MOST_FINDINGS}项，见平台"] if len(found) > MOST_FINDINGS else []
    return {"各单位情况": by_unit, "发现的问题": findings, "未列问题": more, "提请修订": wanted, "各轮次": year, "单位总结": sums}


def _of_the_year(one: Round, tasks: list[Any]) -> list[str]:
    """What the months and quarters of the year brought, a line each."""
    units = {task.unit_id for task in tasks}
    found = []
    for part in (
        Round.objects.filter(first_day__gte=one.first_day, last_day__lte=one.last_day).exclude(pk=one.pk).order_by("last_day", "period")
    ):
        mine = Task.objects.filter(round=part, unit__in=units)
        accepted = mine.filter(status=Task.Status.ACCEPTED).count()
        problems = Answer.objects.filter(task__in=mine, result=Answer.Result.FOUND, task__status__in=["submitted", "accepted"]).count()
        found.append(f"{title_of(part)}：{mine.count()}个单位，已通过{accepted}个，发现问题{problems}项")
    return found


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
