"""The checklist of the demonstration: a second version with two items and a threshold changed, a draft of the third, some signatures."""

from dataclasses import asdict
from datetime import timedelta

from ledger.kit.days import today
from ledger.roster.accounts import User
from oversight.checklist.drafting import contents_now
from oversight.demo.cast import CAST
from oversight.demo.offices import person
from risk.checklist.revisions import publishing, rules, services
from risk.checklist.signing.queries import in_force, signings
from risk.checklist.signing.services import sign
from risk.rules.drafts import services as drafts

CHANGES = {
    "REG-A2": {"control": "代理人实名备案；黑名单提示；每周巡查大厅视频不少于两次,留存记录"},
    "COM-C1": {"level": "medium", "control": "叫号联动；电子巡查；空岗超10分钟由窗口负责人顶岗"},
}
RULE, THRESHOLDS = "REG-20", {"blue": 6, "yellow": 12, "orange": 20, "red": 30}
NEXT = {"REG-E1": {"control": "更正三级审批+原件影像；每月全量复查；复查结果双人签字"}}
SIGNING = 5


def work() -> None:
    """Everything by the people whose part it is, through the services."""
    author, publisher = person("checklist1"), person("checklist2")
    for no, changed in CHANGES.items():
        _change(no, changed, author, "窗口巡查发现")
    draft = drafts.begin(code=RULE, actor=author)
    content = draft.content | {"thresholds": THRESHOLDS}
    rules.take_rule(draft=drafts.change(draft=draft, content=content, reason="低档误报偏多", actor=author), actor=author)
    rules.waive(code=RULE, reason="演示数据仅两个月，样本不足", actor=author)
    revision = publishing.submit(note="完善窗口防控措施，调整归档超期阈值", effect_on=today() + timedelta(days=1), actor=author)
    publishing.publish(seen=revision.content_digest, actor=publisher)
    for no, changed in NEXT.items():
        _change(no, changed, author, "")
    _sign([person(part.username) for part in CAST[:SIGNING]])


def _change(no: str, changed: dict[str, str], actor: User, reason: str) -> None:
    entry = contents_now()[1].by_no()[no]
    given = {**asdict(entry), "rules": ";".join(entry.rules)} | changed
    services.set_item(given=given, reason=reason, actor=actor, no=no, seen=services.mark_of(entry))


def _sign(people: list[User]) -> None:
    force = in_force()
    told = signings([one.staff for one in people if one.staff], force) if force else {}
    for user in people:
        for own in told.get(user.staff_id or 0, []):
            if force is not None:
                sign(post=own.post, seen=force.digests[own.post], actor=user)
