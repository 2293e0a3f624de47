"""What the demonstration's cases have led to: measures, breakers and documents, each taken as far by the people whose part it is."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from ledger.kit.days import SHANGHAI, today
from ledger.roster.models import Agency
from oversight.breakers import policies
from oversight.breakers.defaults import DEFAULTS
from oversight.breakers.evaluating import evaluate_breakers
from oversight.cases.models import Case
from oversight.demo.offices import person
from oversight.documents.services import make_document
from oversight.measures.acting import perform, propose
from oversight.measures.catalogue import KINDS
from oversight.measures.suspensions.models import AgencyObjection

OPINION = "事实清楚，依据适当，程序合规，同意。"


def _act(kind: str, number: str, name: str, who: str, **given: Any) -> None:
    perform(kind=KINDS[kind], number=number, act=name, given=given, actor=person(who))


def _proposed(kind: str, case: Case, who: str, **given: Any) -> str:
    return str(propose(kind=KINDS[kind], case_number=case.number, given=given, actor=person(who)).number)


def document(kind: str, about: str) -> None:
    make_document(kind=kind, about=about, actor=person("supervisor1"))


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M}"


def _interview(case: Case, held_on: datetime) -> str:
    """An interview of the case's subject, approved and arranged; empty where the case is about no person of the force."""
    if case.subject_kind != "staff":
        return ""
    told = {"reason": "预警核查属实，本人为当事人，提醒谈话。", "basis": case.basis or "监管清单对应条款", "breach": "none"}
    number = _proposed("interviews", case, "supervisor1", subject_kind="staff", subject_code=case.subject_code, **told)
    _act("interviews", number, "approve", "leader1", note="同意约谈。")
    people = {"interviewer": "discipline1", "second": "supervisor2", "recorder": str(person("supervisor1"))}
    place = {"place": "大监管中心谈话室", "to_bring": "本人情况说明", "contact": str(person("supervisor1"))}
    _act("interviews", number, "notify", "supervisor1", held_on=_minute(held_on), **people, **place)
    document("interview_notice", number)
    return number


def interview_notified(case: Case) -> None:
    tomorrow = datetime.now(SHANGHAI).replace(hour=10, minute=0) + timedelta(days=1)
    _interview(case, tomorrow)


def interview_archived(case: Case) -> None:
    """Held, signed on paper, followed up and filed."""
    now = datetime.now(SHANGHAI)
    number = _interview(case, now - timedelta(minutes=50))
    if not number:
        return
    record = {
        "recusal_answer": "不申请回避",
        "facts": "告知预警所列业务及核查情况。",
        "statement": "认可部分事实，其余系系统重复提交所致。",
        "requirements": "一周内逐笔复核并书面报告。",
        "promise": "立即整改，今后先复核再办结。",
    }
    times = {"held_on": _minute(now - timedelta(minutes=50)), "ended_at": _minute(now - timedelta(minutes=5))}
    due = f"{today() + timedelta(days=7)}"
    _act("interviews", number, "hold", "discipline1", follow_up="supervisor2", fulfil_by=due, **record, **times)
    _act("interviews", number, "sign", "discipline1", signature="paper")
    _act("interviews", number, "archive", "supervisor2", result="已逐笔复核，未再发生同类问题。")


def accountability_waits_for_legal(case: Case) -> None:
    if case.subject_kind != "staff":
        return
    told = {
        "happened_on": f"{today()}",
        "place_then": case.unit.name,
        "facts": "未按规定复核，致所列业务反复退回。",
        "measure": "criticism",
        "basis": case.basis or "监管清单",
    }
    given = {"subject_kind": "staff", "subject_code": case.subject_code, "points": "2", "effect_months": "3"}
    _proposed("accountability", case, "discipline1", **given, **told)


def accountability_executed(case: Case) -> None:
    """Decided, served and executed: joint points reach who answers along."""
    if case.subject_kind != "staff":
        return
    told = {
        "happened_on": f"{today()}",
        "place_then": case.unit.name,
        "facts": "退回业务未逐笔复核，造成群众往返。",
        "measure": "criticism",
        "basis": case.basis or "监管清单",
    }
    given = {"subject_kind": "staff", "subject_code": case.subject_code, "points": "4", "effect_months": "3"}
    number = _proposed("accountability", case, "supervisor1", **given, **told)
    _act("accountability", number, "find", "legal1", finding="no_error", finding_text="未尽复核义务，不构成执法过错，应予批评教育。")
    _act("accountability", number, "hear", "supervisor1", hearing="heard", heard_on=f"{today()}", statement="认可事实，表示接受。")
    decided = {"deciding_body": "支队", "document_no": f"追字〔{today().year}〕2号", "decided_on": f"{today()}"}
    _act("accountability", number, "decide", "leader1", **decided)
    served = {"served_on": f"{today()}", "served_how": "当面送达", "appeal_until": f"{today() + timedelta(days=30)}"}
    _act("accountability", number, "serve", "supervisor1", **served)
    _act("accountability", number, "execute", "supervisor1", executed_on=f"{today()}", execution="政工科组织批评教育")


def suspension_proposed(case: Case) -> str:
    """停办 of the agency the case is about; empty where it is about none."""
    agency = Agency.objects.filter(code=case.subject_code).first() if case.subject_kind == "agency" else None
    if agency is None:
        return ""
    told = {
        "effect": "exam_site" if agency.kind == "exam_site" else "acceptance",
        "scope": "预警所列业务类别",
        "starts_on": f"{today()}",
        "ends_on": f"{today() + timedelta(days=9)}",
        "facts": case.facts,
        "basis": "委托监管协议第八条",
        "rectification": "查明原因，更正差错业务，完善内部复核。",
        "conditions": "差错业务全部更正\n内部复核制度已建立\n有关人员重新培训并考核合格",
        "diversion": "分流至就近同类机构，并在办事大厅公告。",
        "in_flight": "已受理业务当日办结，不再新受理。",
        "remedy": "收到之日起3个工作日内可书面提出异议。",
    }
    return _proposed("suspensions", case, "supervisor1", agency_code=agency.code, credit_code="", **told)


def suspension_in_force(case: Case) -> None:
    number = suspension_proposed(case)
    if not number:
        return
    year = today().year
    _act("suspensions", number, "review", "legal1", legal_opinion=OPINION)
    told = {"informed_on": f"{today()}", "hearing": "heard", "heard_on": f"{today()}"}
    _act("suspensions", number, "hear", "supervisor1", **told, statement="认可事实，称内部复核未落实，愿意整改，请求缩短期限。")
    _act("suspensions", number, "decide", "leader1", document_no=f"停字〔{year}〕3号", meeting_no=f"支队长办公会〔{year}〕11号")
    _act("suspensions", number, "serve", "supervisor1", served_on=f"{today()}", served_how="直接送达，机构负责人签收")
    document("suspension_notice", number)
    objected = {"received_on": f"{today()}", "objector": "机构负责人", "objection": "认为部分退回业务系申请人资料所致，请求缩短停业期限。"}
    _act("suspensions", number, "object", "supervisor1", **objected)
    _act("suspensions", number, "answer", "discipline1", outcome="kept", answer="经复核，退回原因均为受理审核不严，维持原决定。")
    document("objection_answer", AgencyObjection.objects.get(suspension__number=number).number)


def circular_issued(case: Case) -> None:
    units = list(case.parties.order_by("place").values_list("unit__code", flat=True))
    told = {
        "issuer": "大监管中心",
        "heading": "关于近期业务办理异常情况的通报",
        "period": f"{today() - timedelta(days=60)}至{today()}",
        "figures": "两个月来平台预警涉及五条业务线，均已逐条核查。",
        "problems": "个别窗口退回、撤销业务未经第二人复核。",
        "causes": "忙时一人多岗，复核流于形式。",
        "handling": "已责令整改，并约谈有关负责人。",
        "requirements": "各单位对照清单自查，月底前书面报告。",
    }
    number = _proposed("circulars", case, "supervisor1", to=list(dict.fromkeys(units)), **told)
    _act("circulars", number, "review", "discipline2", review_note="内容已脱敏，同意。")
    _act("circulars", number, "decide", "leader1", note="同意印发。")
    _act("circulars", number, "issue", "supervisor1", document_no=f"监通〔{today().year}〕6号", issued_on=f"{today()}")
    document("circular", number)


def transfer_sent(case: Case) -> None:
    told = {
        "authority": "market",
        "recipient": "市市场监督管理局",
        "about": "机构涉嫌违规经营线索",
        "reason": "涉及机构经营资质，属市场监管职责。",
        "basis": "线索移送有关规定",
        "materials": "预警及核查情况说明\n业务流水导出件",
    }
    number = _proposed("transfers", case, "supervisor1", **told)
    _act("transfers", number, "approve", "leader1", note="同意移送。")
    sent = {"letter_no": f"监移〔{today().year}〕2号", "receipt_no": f"收〔{today().year}〕118号", "received_by": "收文窗口"}
    _act("transfers", number, "send", "supervisor1", sent_on=f"{today()}", **sent)
    document("transfer_letter", number)


def breakers() -> None:
    """熔断: the policy for agencies is armed by a second person, that for staff waits for one; then every subject is looked at."""
    for kind in ("agency", "staff"):
        author = person("supervisor1")
        number = policies.save_policy(subject_kind=kind, given=asdict(DEFAULTS[kind]), actor=author).number
        policies.simulate_policy(number=number, actor=author)
        policies.ask_policy(number=number, actor=author)
        if kind == "agency":
            policies.decide_policy(number=number, approve=True, actor=person("leader1"), note="模拟结果合理，同意启用。")
    evaluate_breakers()
