"""Several at once on one measure or escalation: one of them wins, the others are told who it was, and no step is written twice."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from ledger.kit.errors import Conflict
from ledger.roster.models import Role, User
from oversight.cases.escalations import services as escalations
from oversight.cases.models import CaseEntry
from oversight.measures.circulars.models import CircularRecipient
from tests.builders import make_user
from tests.oversight.cases.building import make_escalation
from tests.oversight.cases.test_races import at_once
from tests.oversight.cast import make_cast
from tests.oversight.measures.building import Town, act, day, in_force, make_town, proposed, to_decide

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]
Acts = tuple[str, list[Callable[[], object]]]
REFUSED = {"note": "事实不清，补正"}


def second(town: Town) -> User:
    return make_user(Role.LEADER, town.cast.detachment, name="韩某")


def interview(town: Town) -> Acts:
    one = proposed(town, "interviews")
    refuse = partial(act, one, "refuse", town.inspector, **REFUSED)
    return one.number, [partial(act, one, "approve", town.leader), partial(act, one, "approve", town.inspector), refuse]


def accountability(town: Town) -> Acts:
    one = act(proposed(town, "accountability"), "find", town.legal, finding="negligence", finding_text="未尽查验义务，属过失")
    one = act(one, "hear", town.proposer, hearing="heard", heard_on=day(), statement="认可事实，表示接受")
    given = {"deciding_body": "支队", "document_no": "追字〔2026〕2号", "decided_on": day()}
    decide = partial(act, one, "decide", town.leader, **given)
    return one.number, [decide, partial(act, one, "decide", second(town), **given), partial(act, one, "drop", town.leader, **REFUSED)]


def suspension(town: Town) -> Acts:
    one, given = to_decide(town), {"document_no": "停字〔2026〕3号", "meeting_no": "支队长办公会〔2026〕11号"}
    other = second(town)
    decided = [partial(act, one, "decide", who, **given) for who in (town.leader, other)]
    return one.number, [*decided, partial(act, one, "refuse", other, **REFUSED)]


def lifting(town: Town) -> Acts:
    one = in_force(town)
    given = {"applied_on": day(), "report": "已整改完毕，请予验收"}
    return one.number, [partial(act, one, "apply", who, **given) for who in (town.proposer, *town.accepters)]


def circular(town: Town) -> Acts:
    one = act(proposed(town, "circulars"), "review", town.inspector, review_note="同意")
    one = act(one, "decide", town.leader)
    given = {"document_no": "常公交通〔2026〕6号", "issued_on": day()}
    return one.number, [partial(act, one, "issue", who, **given) for who in (town.proposer, *town.accepters)]


def transfer(town: Town) -> Acts:
    one = proposed(town, "transfers")
    approved = [partial(act, one, "approve", who) for who in (town.leader, town.inspector)]
    return one.number, [*approved, partial(act, one, "refuse", second(town), **REFUSED)]


def raising(town: Town) -> Acts:
    given: dict[str, Any] = {"to": f"committee:{town.cast.detachment.code}", "grounds": "大队核查久拖不决"}
    number = town.case.number
    return number, [partial(escalations.raise_case, number=number, actor=who, **given) for who in (town.proposer, *town.accepters)]


def receipt(town: Town) -> Acts:
    one = make_escalation(town.case, town.cast.detachment)
    return one.number, [partial(escalations.receive, number=one.number, actor=who) for who in (town.leader, second(town))]


def finish(town: Town) -> Acts:
    one = make_escalation(town.case, town.cast.detachment)
    escalations.receive(number=one.number, actor=town.leader)
    given: dict[str, Any] = {"number": one.number, "note": "已查清，同意办结"}
    return one.number, [partial(escalations.finish, actor=who, **given) for who in (town.leader, second(town))]


SCENES = [interview, accountability, suspension, lifting, circular, transfer, raising, receipt, finish]


@pytest.mark.parametrize("scene", SCENES)
def test_one_of_several_wins_and_the_others_are_told_who(scene: Callable[[Town], Acts]):
    number, acts = scene(make_town(make_cast()))
    had = set(CaseEntry.objects.values_list("pk", flat=True))
    found = at_once(*acts)
    late = [str(answer) for answer in found if isinstance(answer, Conflict)]
    assert len(late) == len(acts) - 1, found
    entry = CaseEntry.objects.exclude(pk__in=had).get()
    assert entry.about == number or entry.case.number == number
    assert all(str(entry.actor) in text for text in late)
    assert CircularRecipient.objects.count() == (2 if scene is circular else 0)
