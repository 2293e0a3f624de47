"""What the cases of a year end in: measures of every kind, each taken to another end, and breakers that trip and come back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from ledger.kit.days import today
from ledger.roster.models import Role, User
from oversight.breakers.evaluating import evaluate_breakers
from oversight.breakers.models import Breaker, BreakerReview
from oversight.breakers.services import review
from oversight.cases.models import Case
from oversight.measures.acting import perform, propose
from oversight.measures.catalogue import KINDS
from tests.builders import make_agency, make_unit, make_user
from tests.oversight.breakers.building import make_policy, make_warning
from tests.oversight.cases.town import Town
from tests.oversight.measures.building import REASON, RECORD, TYPED, clock, day, findings, typed_for

# By kind: the acts that lead to each end, and the tab of the list under which it then stands.
ENDS: dict[str, list[tuple[str, tuple[str, ...]]]] = {
    "interviews": [
        ("proposed", ()),
        ("planned", ("approve",)),
        ("notified", ("approve", "notify")),
        ("held", ("approve", "notify", "hold")),
        ("archived", ("approve", "notify", "hold", "sign", "archive")),
        ("cancelled", ("approve", "cancel")),
    ],
    "accountability": [
        ("legal", ()),
        ("legal", ("send_back",)),
        ("heard", ("find",)),
        ("deciding", ("find", "hear")),
        ("decided", ("find", "hear", "decide")),
        ("effect", ("find", "hear", "decide", "serve", "execute")),
        ("over", ("find", "hear", "drop")),
    ],
    "suspensions": [
        ("legal", ()),
        ("heard", ("review",)),
        ("deciding", ("review", "hear")),
        ("serving", ("review", "hear", "decide")),
        ("in_force", ("review", "hear", "decide", "serve", "object", "answer")),
        ("in_force", ("review", "hear", "decide", "serve", "ask_extension", "extend")),
        ("acceptance", ("review", "hear", "decide", "serve", "apply")),
        ("probation", ("review", "hear", "decide", "serve", "apply", "accept", "accept_too", "ask_lifting", "lift")),
        ("over", ("review", "hear", "decide", "serve", "revoke")),
    ],
    "circulars": [
        ("draft", ()),
        ("reviewed", ("review",)),
        ("signed", ("review", "decide")),
        ("issued", ("review", "decide", "issue")),
        ("withdrawn", ("withdraw",)),
    ],
    "transfers": [
        ("proposed", ()),
        ("approved", ("approve",)),
        ("sent", ("approve", "send")),
        ("concluded", ("approve", "send", "conclude")),
        ("withdrawn", ("withdraw",)),
    ],
}
# What the year's figures count, by their names: the list, and the tabs under which it can stand.
COUNTED: dict[tuple[str, ...], tuple[str, tuple[str, ...]]] = {
    ("interviews",): ("interviews", ("held", "archived")),
    ("officers", "auxiliaries"): ("accountability", ("decided", "effect")),
    ("suspensions",): ("suspensions", ("in_force", "acceptance", "probation")),
    ("circulars",): ("circulars", ("issued",)),
    ("transfers",): ("transfers", ("sent", "concluded")),
}
Made = tuple[str, str, str]


@dataclass
class Measures:
    """All ends in an order of chance, dealt to the cases that are being handled, three to each while there are any."""

    town: Town
    chance: Random
    legal: User
    left: list[tuple[str, str, tuple[str, ...]]]

    @classmethod
    def of(cls, town: Town, chance: Random) -> "Measures":
        office = make_unit("法制大队", kind="department", parent=town.cast.detachment)
        left = [(code, tab, acts) for code, ends in ENDS.items() for tab, acts in ends]
        chance.shuffle(left)
        return cls(town, chance, make_user(Role.UNIT_OFFICER, office, name="郭某"), left)

    def deal(self, case: Case) -> Iterator[Made]:
        """List, tab and number of each."""
        for _ in range(min(3, len(self.left))):
            code, tab, acts = self.left.pop()
            yield code, tab, self.one(code, acts, case)

    def one(self, code: str, acts: tuple[str, ...], case: Case) -> str:
        kind = KINDS[code]
        one = propose(kind=kind, case_number=case.number, given=self.proposal(code, case), actor=self.town.supervisor)
        for act in acts:
            actor = self.actor(code, act)
            _one, held = perform(kind=kind, number=one.number, act=act.removesuffix("_too"), given=self.typed(act), actor=actor)
            assert held, (code, act)
        return one.number

    def proposal(self, code: str, case: Case) -> dict[str, Any]:
        if code == "suspensions":
            return typed_for(code) | {"agency_code": make_agency(self.town.squad, kind="test_station").code}
        about = {"subject_code": case.subject_code} if "subject_code" in TYPED[code] else {}
        more = {"circulars": {"to": [self.town.squad.code]}, "accountability": {"measure": "criticism", "happened_on": f"{today()}"}}
        return typed_for(code) | about | more.get(code, {})

    def actor(self, code: str, act: str) -> User:
        town = self.town
        who = {
            "approve": town.inspector,
            "hold": town.inspector,
            "sign": town.inspector,
            "archive": town.inspector,
            "find": self.legal,
            "send_back": self.legal,
            "review": self.legal if code == "suspensions" else town.inspector,
            "decide": town.leader,
            "drop": town.leader,
            "lift": town.leader,
            "revoke": town.leader,
            "extend": town.leader,
            "answer": town.inspector,
            "accept": town.second,
            "accept_too": town.inspector,
        }
        return who.get(act, town.supervisor)

    def typed(self, act: str) -> dict[str, Any]:
        times = {"held_on": clock(-0.1), "ended_at": clock(-0.05), "fulfil_by": day(7)}
        people = {
            "interviewer": self.town.inspector.username,
            "second": self.town.supervisor.username,
            "follow_up": self.town.inspector.username,
        }
        given: dict[str, dict[str, Any]] = {
            "notify": {"held_on": clock(-0.1), "place": "约谈室", "recorder": "周某", "contact": "谢某"} | people,
            "hold": RECORD | times | people,
            "sign": {"signature": "paper"},
            "archive": {"result": "已按要求整改到位"},
            "find": {"finding": "negligence", "finding_text": "未尽查验义务"},
            "hear": {"informed_on": day(), "hearing": "heard", "heard_on": day(), "statement": "认可事实"},
            "object": {"received_on": day(), "objector": "郑某", "objection": "认为上传系设备故障所致"},
            "answer": {"outcome": "kept", "answer": "经复核事实清楚，维持原决定"},
            "review": {"legal_opinion": "同意，依据适当", "review_note": "同意"},
            "decide": {"document_no": "1号", "meeting_no": "2号", "deciding_body": "支队", "decided_on": day()},
            "serve": {"served_on": day(), "served_how": "直接送达", "appeal_until": day(30)},
            "execute": {"executed_on": day(), "execution": "政工科执行"},
            "ask_extension": {"until": day(90), "reason": "灯光仪检定证书要到下月才能取得"},
            "extend": {"extension_no": "延1号", "extension_meeting": "3号", "committee": "on"},
            "apply": {"applied_on": day(), "report": "已更换灯光仪"},
            "accept": findings("yes", "yes"),
            "accept_too": findings("yes", "yes"),
            "lift": {"lifting_no": "恢1号", "probation_until": day()},
            "issue": {"document_no": "常公交通〔2026〕6号", "issued_on": day()},
            "send": {"letter_no": "移字1号", "sent_on": day(), "receipt_no": "市监收9号", "received_by": "于某"},
            "conclude": {"result_on": day(), "result": "已立案查处"},
        }
        return given.get(act, REASON)


# By tab: the days ago on which an orange warning was issued. Three trip; a trip ends by itself after 30 days, its probation after 30 more.
WARNED = {"closed": (5,), "open": (12, 11, 10), "half_open": (45, 44, 43), "over": (80, 79, 78)}
LOOKED_AT = (78, 47, 43, 16, 12, 10, 1)


def trip_breakers(town: Town, chance: Random, end: datetime) -> tuple[list[tuple[str, str]], int]:
    """Agencies that gather warnings, and the clock that looks at them. Tab and number of each, and how many warnings were issued."""
    make_policy("agency", author=town.supervisor, armed_by=town.leader)
    fates = {make_agency(town.squad).code: fate for fate in WARNED for _ in range(chance.randint(1, 2))}
    for code, fate in fates.items():
        for days in WARNED[fate]:
            make_warning(town.squad, code, at=end - timedelta(days=days, hours=1), people=(town.supervisor, town.second))
    for days in LOOKED_AT:
        evaluate_breakers(end - timedelta(days=days))
    numbers = {one.subject_code: one.number for one in Breaker.objects.all()}
    found = [("closed" if fate == "over" else fate, numbers[code]) for code, fate in fates.items()]
    looked_at = chance.choice(BreakerReview.objects.select_related("breaker"))
    review(number=looked_at.breaker.number, review_id=looked_at.pk, uphold=True, note="熔断依据充分", actor=town.second)
    waiting = {"open": 1, "half_open": 2, "over": 2}
    reviews = [("reviews", numbers[code]) for code, fate in fates.items() for _ in range(waiting.get(fate, 0))]
    reviews.remove(("reviews", looked_at.breaker.number))
    return found + reviews, sum(len(WARNED[fate]) for fate in fates.values())
