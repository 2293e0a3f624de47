"""Whatever people try with a case, in whatever order: it is never where it cannot be, and its record replays to where it is."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.kit.errors import MingjingError
from ledger.roster.models import User
from oversight.cases import closing, conduct, parties
from oversight.cases.acting import replayed
from oversight.cases.escalations import services as escalations
from oversight.cases.escalations.overdue import escalate_overdue
from oversight.cases.models import Approval, Case, CaseEntry, Party
from oversight.cases.services import ask_again, decide_dispatch, open_case
from oversight.cases.visibility import UNDISPATCHED
from oversight.documents.models import Document
from oversight.documents.services import make_document
from oversight.measures.acting import perform, propose
from oversight.measures.catalogue import KINDS
from oversight.measures.interviews.models import Interview
from oversight.orders import services as orders
from oversight.orders.models import Order
from risk.alerts.models import Alert
from risk.alerts.states import project
from tests.oversight.cases.town import Town
from tests.oversight.measures.building import typed_for
from tests.oversight.orders.building import PROBLEM

pytestmark = pytest.mark.services
NOTE = "经核查属实,已整改到位并完善制度。"
FAR = timedelta(days=60)
ALERT = {"asked": "issued", "returned": "issued", "handling": "assigned", "proposed": "assigned", "closed": "closed"}


class Walk:
    """One case and the people around it; `take` lets one of them try an act and keeps count of what succeeded."""

    def __init__(self, town: Town, level: str) -> None:
        self.town, self.alert = town, town.issued(level)
        self.case = open_case(alerts=[self.alert.number], actor=town.supervisor, parties=town.parties)
        self.people = [town.supervisor, town.second, town.leader, town.other, town.inspector, town.squad_leader, town.department_officer]
        number = self.case.number
        told = {"number": number}
        interview = typed_for("interviews") | {"subject_code": town.subject.staff_no}
        self.acts: list[Callable[[User], object]] = [
            lambda who: decide_dispatch(**told, actor=who, approve=True),
            lambda who: decide_dispatch(**told, actor=who, approve=False, note=NOTE),
            lambda who: ask_again(**told, actor=who, parties=town.parties),
            lambda who: parties.sign(**told, party=self.party("lead"), actor=who),
            lambda who: parties.report_duty(**told, party=self.party("lead"), actor=who, work=NOTE),
            lambda who: parties.return_duty(**told, party=self.party("lead"), actor=who, note=NOTE),
            lambda who: parties.sign(**told, party=self.party("department"), actor=who),
            lambda who: closing.propose_closing(**told, actor=who, outcome="confirmed", conclusion=NOTE),
            lambda who: closing.decide_closing(**told, actor=who, approve=True),
            lambda who: closing.decide_closing(**told, actor=who, approve=False, note=NOTE),
            lambda who: closing.reopen_case(**told, actor=who, note=NOTE),
            lambda who: conduct.hand_over(**told, actor=who, to=town.second.pk),
            lambda who: conduct.instruct(**told, actor=who, note=NOTE),
            lambda who: conduct.seal(**told, actor=who, note=NOTE),
            lambda who: conduct.unseal(**told, actor=who, note=NOTE),
            lambda who: escalations.raise_case(**told, actor=who, to=f"committee:{town.cast.detachment.code}", grounds=NOTE),
            lambda who: escalations.instruct(number=self.escalation(), actor=who, note=NOTE),
            lambda who: escalations.finish(number=self.escalation(), actor=who, note=NOTE),
            lambda who: escalate_overdue(now=datetime.now(UTC) + FAR),
            lambda who: closing.reopen_by_system(case=self.case, grounds=NOTE),
            lambda who: orders.issue_order(case=self.case, party=self.lead(), actor=who, requirement=NOTE, problems=[PROBLEM]),
            lambda who: orders.withdraw(number=self.last(Order), actor=who, note=NOTE),
            lambda who: propose(kind=KINDS["interviews"], case_number=number, given=interview, actor=who),
            lambda who: perform(kind=KINDS["interviews"], number=self.last(Interview), act="withdraw", given={"note": NOTE}, actor=who),
            lambda who: make_document(kind="assignment", about=number, actor=who),
        ]

    def party(self, part: str) -> int:
        return Party.objects.get(case=self.case, part=part).pk

    def lead(self) -> Party:
        return Party.objects.select_related("unit").get(case=self.case, part="lead")

    def last(self, model: type[Order] | type[Interview]) -> str:
        return model._default_manager.filter(case=self.case).order_by("-id").values_list("number", flat=True).first() or ""

    def escalation(self) -> str:
        return self.case.escalations.order_by("-id").values_list("number", flat=True).first() or ""

    def take(self, act: int, who: int) -> None:
        """Let one person try, or (a number beyond them) one after the other until somebody may."""
        before = self.case.entries.count()
        for person in self.people[who : who + 1] or self.people:
            try:
                with transaction.atomic():
                    self.acts[act](person)
            except MingjingError:
                assert self.case.entries.count() == before
            else:
                self.holds()
                return

    def holds(self) -> None:
        """What must be true after every step."""
        case, alert = Case.objects.get(pk=self.case.pk), Alert.objects.get(pk=self.alert.pk)
        entries = list(CaseEntry.objects.filter(case=case).order_by("id"))
        assert replayed(entries, case.number) == case.status
        for party in Party.objects.filter(case=case):
            assert replayed(entries, party.about) in ("", party.status)
        for escalation in case.escalations.all():
            assert replayed(entries, escalation.number) == escalation.status
        for one in (*Order.objects.filter(case=case), *Interview.objects.filter(case=case)):
            assert replayed(entries, one.number) == one.status
        went_out = [model.objects.filter(case=case).exists() for model in (Order, Interview, Document)]
        assert case.status not in UNDISPATCHED or not any(went_out)
        assert alert.status == ALERT[case.status]
        assert project(alert.events.order_by("id")).status in (alert.status, "new")
        waiting = set(Approval.objects.filter(about=case.number, state="asked").values_list("kind", flat=True))
        assert waiting == {"asked": {"dispatch"}, "proposed": {"closing"}}.get(case.status, set())


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    level=st.sampled_from(["yellow", "orange"]),
    steps=st.lists(st.tuples(st.integers(0, 24), st.integers(0, 14)), min_size=12, max_size=16),
)
def test_no_sequence_of_acts_leads_astray(town: Town, level: str, steps: list[tuple[int, int]]):
    with transaction.atomic():
        walk = Walk(town, level)
        for act, who in steps:
            walk.take(act, who)
        transaction.set_rollback(True)
