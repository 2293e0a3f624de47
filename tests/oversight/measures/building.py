"""A small town for measures: who proposes, reviews, decides and accepts, and what is typed for each kind."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ledger.kit.days import SHANGHAI, today
from ledger.roster.models import Agency, Role, Staff, Unit, User
from oversight.cases.models import Case, CaseEntry
from oversight.measures.acting import perform, propose
from oversight.measures.catalogue import KINDS
from tests.builders import make_agency, make_staff, make_unit, make_user
from tests.oversight.cases.building import make_case
from tests.oversight.cast import Cast


@dataclass
class Town:
    """The detachment with a squad, its people and a case; the supervisor of the cast proposes, the others take their parts."""

    cast: Cast
    case: Case
    squad: Unit
    agency: Agency
    auxiliary: Staff
    proposer: User
    legal: User
    leader: User
    inspector: User
    accepters: tuple[User, User]


def make_town(cast: Cast, **case: Any) -> Town:
    brigade_chief = make_staff(cast.first, staff_no="060001", name="高某")
    squad_leader = make_staff(cast.first, staff_no="060002", name="林某")
    type(cast.first).objects.filter(pk=cast.first.pk).update(leader_no=brigade_chief.staff_no)
    squad = make_unit("一中队", kind="squad", parent=cast.first, leader_no=squad_leader.staff_no)
    officer = make_staff(squad, staff_no="060003", name="何某")
    auxiliary = make_staff(squad, staff_no="060004", name="罗某", kind="auxiliary", responsible_no=officer.staff_no)
    office = make_unit("法制大队", kind="department", parent=cast.detachment)
    return Town(
        cast=cast,
        case=make_case(cast.supervisor, unit=cast.first, **case),
        squad=squad,
        agency=make_agency(cast.first, code="A77", name="安驰检测站", kind="test_station"),
        auxiliary=auxiliary,
        proposer=cast.supervisor,
        legal=make_user(Role.UNIT_OFFICER, office, name="郭某"),
        leader=cast.of[Role.LEADER],
        inspector=cast.of[Role.DISCIPLINE],
        accepters=(make_user(Role.SUPERVISOR, cast.detachment, name="谢某"), make_user(Role.DISCIPLINE, cast.detachment, name="罗某某")),
    )


def clock(days: float = 0) -> str:
    return f"{datetime.now(SHANGHAI) + timedelta(days=days):%Y-%m-%dT%H:%M}"


def day(days: int = 0) -> str:
    return f"{today() + timedelta(days=days)}"


REASON = {"note": "材料不全，补正后再报"}
TYPED: dict[str, dict[str, Any]] = {
    "interviews": {
        "subject_kind": "staff",
        "subject_code": "060004",
        "reason": "近30日退办率高于同岗，且多次被投诉",
        "basis": "《约谈办法》第五条",
        "breach": "none",
    },
    "accountability": {
        "subject_kind": "staff",
        "subject_code": "060004",
        "place_then": "一中队查验岗",
        "facts": "未按规定查验，致3笔业务重复退办",
        "measure": "contract",
        "basis": "《辅警管理办法》第十二条",
        "points": "4",
        "effect_months": "6",
    },
    "suspensions": {
        "agency_code": "A77",
        "credit_code": "91430700MA4L0000X0",
        "effect": "data",
        "scope": "小型汽车安全技术检验",
        "facts": "同一车道连续上传同一灯光数据",
        "basis": "《监管协议》第八条",
        "rectification": "更换灯光仪并重新检定",
        "conditions": "灯光仪检定合格\n引车员重新培训",
        "diversion": "分流至城南、城北两站，已公告",
        "in_flight": "已受理的12台当日检完",
        "remedy": "收到之日起3个工作日内可书面提出异议",
    },
    "circulars": {
        "issuer": "大监管中心",
        "heading": "关于检验数据异常的通报",
        "period": "2026年10月",
        "figures": "检验业务1204笔，预警6笔，同比下降两成",
        "problems": "个别站点连续上传同一组数据",
        "causes": "设备老化，审核流于形式",
        "handling": "责令整改，约谈负责人",
        "requirements": "各站于月底前自查",
    },
    "transfers": {
        "authority": "market",
        "recipient": "市市场监督管理局",
        "about": "检验数据造假线索",
        "reason": "涉嫌出具虚假检验报告，属市场监管职责",
        "basis": "《道路交通安全法》第九十四条",
        "materials": "检验数据导出件\n现场照片",
    },
}


def typed_for(code: str) -> dict[str, Any]:
    """What is typed for a kind today."""
    days = {"suspensions": {"starts_on": day(0), "ends_on": day(9)}, "accountability": {"happened_on": day(-3)}}
    return TYPED[code] | days.get(code, {})


def proposed(town: Town, code: str, **typed: Any) -> Any:
    """A measure of the town's case, proposed by the supervisor."""
    given = typed_for(code) | ({"to": [town.cast.second.code, town.squad.code]} if code == "circulars" else {})
    return propose(kind=KINDS[code], case_number=town.case.number, given=given | typed, actor=town.proposer)


def act(one: Any, name: str, actor: User, *, own: bool = False, **typed: Any) -> Any:
    """Do an act and read the measure again; the act must not have found its approval lapsed."""
    kind = next(kind for kind in KINDS.values() if isinstance(one, kind.model))
    done, held = perform(kind=kind, number=one.number, act=name, given=typed, actor=actor, own=own)
    assert held, f"{name} of {one.number}: the approval lapsed"
    return type(one)._default_manager.select_related("case__unit").get(pk=done.pk)


def findings(*verdicts: str) -> dict[str, str]:
    """A finding for each condition; what is not met with its remark."""
    found = {f"item_{place}": verdict for place, verdict in enumerate(verdicts)}
    return found | {f"remark_{place}": "检定证书未到" for place, verdict in enumerate(verdicts) if verdict == "no"}


def heard() -> dict[str, str]:
    """What is typed of an agency's statement today."""
    return {"informed_on": day(), "hearing": "heard", "heard_on": day(), "statement": "称设备故障未及时发现，愿意整改"}


def to_decide(town: Town, **typed: Any) -> Any:
    """A suspension that was reviewed, and on which the agency was heard."""
    one = act(proposed(town, "suspensions", **typed), "review", town.legal, legal_opinion="事实清楚，依据适当，同意")
    return act(one, "hear", town.proposer, **heard())


def in_force(town: Town, **typed: Any) -> Any:
    """A suspension that was decided and served."""
    one = to_decide(town, **typed)
    one = act(one, "decide", town.leader, document_no="停字〔2026〕3号", meeting_no="支队长办公会〔2026〕11号")
    return act(one, "serve", town.proposer, served_on=day(), served_how="直接送达，站长签收")


def decided(town: Town, **typed: Any) -> Any:
    """Somebody held to account: found, heard and decided."""
    one = act(proposed(town, "accountability", **typed), "find", town.legal, finding="negligence", finding_text="未尽查验义务，属过失")
    one = act(one, "hear", town.proposer, hearing="heard", heard_on=day(), statement="认可事实，表示接受")
    return act(one, "decide", town.leader, deciding_body="支队", document_no="追字〔2026〕2号", decided_on=day())


def notified(town: Town, **typed: Any) -> Any:
    """An interview that was approved and arranged for an hour ago."""
    one = act(proposed(town, "interviews", **typed), "approve", town.leader)
    given = {"held_on": clock(-0.1), "place": "约谈室", "recorder": "周某", "contact": "谢某"}
    return act(one, "notify", town.proposer, interviewer=town.inspector.username, second=town.proposer.username, **given)


RECORD = {
    "recusal_answer": "不申请回避",
    "facts": "告知近30日退办率18.2%及两次投诉",
    "statement": "承认把关不严",
    "requirements": "一周内逐笔复核并书面报告",
    "promise": "立即整改",
}


def held(town: Town, **typed: Any) -> Any:
    one = notified(town, **typed)
    times = {"held_on": clock(-0.1), "ended_at": clock(-0.05), "fulfil_by": day(7)}
    return act(one, "hold", town.inspector, follow_up=town.inspector.username, **RECORD, **times)


def replayed(number: str) -> str:
    """The status of a measure as its entries tell it; every entry goes on from where the one before left off."""
    status = ""
    for entry in CaseEntry.objects.filter(about=number, data__has_key="to").order_by("id"):
        assert entry.data["from"] == status, entry
        status = entry.data["to"]
    return status
