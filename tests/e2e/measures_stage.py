"""What the stage does for measures; see stage.py, which has set Django up."""

from ledger.roster.models import Role, Unit, User
from oversight.measures.acting import perform, propose
from oversight.measures.catalogue import KINDS
from risk.alerts.models import Alert
from tests.builders import make_agency, make_alert, make_rule, make_staff, make_unit, make_user
from tests.e2e.rectify_stage import order_named
from tests.oversight.cases.building import make_case
from tests.oversight.measures.building import RECORD, clock, day, heard, typed_for


def measures_ground() -> None:
    """A case about a test station, and the people the cast does not have: the legal department and a second team."""
    detachment, window = Unit.objects.get(code="D1"), Unit.objects.get(code="W1")
    office = make_unit("法制大队", code="L1", kind="department", parent=detachment)
    make_user(Role.UNIT_OFFICER, office, username="legal", staff=make_staff(office, staff_no="066001", name="郭某"))
    make_agency(window, code="A77", name="安驰机动车检测站", kind="test_station")
    make_staff(
        window, staff_no="060004", name="罗某", kind="auxiliary", responsible_no=make_staff(window, staff_no="060003", name="何某").staff_no
    )
    chief = make_staff(window, staff_no="060002", name="林某")
    Unit.objects.filter(pk=window.pk).update(leader_no=chief.staff_no)
    station = make_rule("INS-77", subject_kind="agency", line="inspection", title_zh="同一灯光数据重复上传")
    alert = make_alert(window, version=station, subject_code="A77", level="red", status=Alert.Status.ASSIGNED)
    facts = "近7日连续上传同一组灯光数据14次，达到红色阈值10次；现场核查属实。"
    make_case(User.objects.get(username="second"), alert, number="AJ-STAGE", title="检测站重复上传灯光数据", facts=facts)


def measures_many() -> None:
    """Measures of every kind at several stages, and an order."""
    measures_ground()
    order_named()
    first, leader, legal, inspector = (User.objects.get(username=name) for name in ("first", "leader", "legal", "discipline"))

    def proposed(code: str, **typed: object):
        given = typed_for(code) | ({"to": ["W1", "C1"]} if code == "circulars" else {}) | typed
        return propose(kind=KINDS[code], case_number="AJ-STAGE", given=given, actor=first)

    def act(one, name: str, actor: User, **typed: object):
        kind = next(kind for kind in KINDS.values() if isinstance(one, kind.model))
        return perform(kind=kind, number=one.number, act=name, given=typed, actor=actor)[0]

    proposed("interviews")
    station = {"subject_kind": "agency", "subject_code": "A77", "representative": "郑某"}
    for at in (-0.1, 2):
        one = act(proposed("interviews", **station), "approve", leader)
        given = {"held_on": clock(at), "place": "支队302约谈室", "recorder": "周某", "contact": "张某 0736-7700000"}
        one = act(one, "notify", first, interviewer="discipline", second="first", **given)
    one = act(proposed("interviews"), "approve", leader)
    one = act(one, "notify", first, interviewer="discipline", second="first", **given | {"held_on": clock(-1)})
    times = {"held_on": clock(-1), "ended_at": clock(-0.95), "fulfil_by": day(7)}
    act(one, "hold", inspector, follow_up="discipline", **RECORD, **times)
    proposed("accountability")
    one = act(proposed("accountability"), "find", legal, finding="negligence", finding_text="未尽查验义务，属过失")
    one = act(one, "hear", first, hearing="heard", heard_on=day(), statement="认可事实，表示接受")
    act(one, "decide", leader, deciding_body="支队", document_no="常公交追字〔2026〕2号", decided_on=day())
    proposed("suspensions")
    one = act(proposed("suspensions"), "review", legal, legal_opinion="事实清楚，依据适当，同意")
    one = act(one, "hear", first, **heard())
    one = act(one, "decide", leader, document_no="常公交停字〔2026〕3号", meeting_no="支队长办公会〔2026〕11号")
    one = act(one, "serve", first, served_on=day(), served_how="直接送达，站长签收")
    objected = {"received_on": day(), "objector": "郑某", "objection": "认为连续上传系设备故障所致，请求缩短期限"}
    one = act(act(one, "object", first, **objected), "answer", inspector, outcome="kept", answer="经复核事实清楚，维持原决定")
    one = act(one, "apply", first, applied_on=day(), report="已更换灯光仪并检定合格；引车员重新培训。")
    act(one, "accept", User.objects.get(username="second"), item_0="yes", item_1="yes", remark_0="", remark_1="抽查3人均合格")
    one = act(proposed("circulars"), "review", inspector, review_note="同意")
    act(act(one, "decide", leader), "issue", first, document_no="常公交通〔2026〕6号", issued_on=day())
    act(proposed("transfers"), "approve", leader)


ACTS = {one.__name__: one for one in (measures_ground, measures_many)}
