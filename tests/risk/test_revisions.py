"""The next version of the checklist: drafted by some, published by another, rolled back; nothing is lost, nothing is published unseen."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import timedelta

import pytest
from django.db import IntegrityError, connections, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.audit.models import AuditEntry
from ledger.kit.days import day_start, today
from ledger.kit.errors import BadInput, Conflict, MingjingError, NotAllowed, NotFound
from ledger.roster.accounts import Role, User
from ledger.roster.models import Unit
from risk.alerts.models import Alert
from risk.checklist import shipped
from risk.checklist.checking import read_item
from risk.checklist.contents import Contents, contents_of, derived_powers
from risk.checklist.models import ChecklistVersion
from risk.checklist.queries import item_at, version_at
from risk.checklist.revisions import gate, publishing, rules, services
from risk.checklist.revisions.models import Revision, RevisionHand, RevisionItem, RevisionRule
from risk.checklist.revisions.queries import content_digest, contents_after, hands_of, rules_in_force, unfinished
from risk.checklist.revisions.states import TABLE, Act, Person, Standing
from risk.checklist.services import load_checklist
from risk.rules.drafts import services as drafts
from risk.rules.models import RuleVersion
from risk.rules.services import load_catalogue
from risk.scoring.marks import mark_everything
from risk.scoring.services import score_pending
from tests.builders import make_rule, make_staff, make_unit, make_user
from tests.risk.test_scoring import burst, take

pytestmark = [pytest.mark.django_db, pytest.mark.services]
CODE = "VIO-08"
TOMORROW = timedelta(days=1)
NOTE = "调整导办岗防控措施"


@pytest.fixture
def root() -> Unit:
    load_checklist()
    return make_unit("交警支队", kind="detachment")


@pytest.fixture
def author(root: Unit) -> User:
    return make_user(Role.CHECKLIST_ADMIN, root, username="author")


@pytest.fixture
def other(root: Unit) -> User:
    return make_user(Role.CHECKLIST_ADMIN, root, username="other")


def item(no: str = "REG-A1", /, **changed: str) -> dict[str, str]:
    """The item as a form would send it, some of its fields changed."""
    entry = now().by_no()[no]
    return {**asdict(entry), "rules": ";".join(entry.rules)} | changed


def now() -> Contents:
    """What the checklist says with the draft there is."""
    revision = unfinished()
    return contents_after(revision) if revision else contents_of(ChecklistVersion.objects.latest("number"))


def seen(no: str) -> str:
    return services.mark_of(now().by_no().get(no))


def change(actor: User, no: str = "REG-A1", reason: str = "", **changed: str) -> Revision:
    return services.set_item(given=item(no, **changed), reason=reason, actor=actor, no=no, seen=seen(no))


def submitted(actor: User) -> Revision:
    return publishing.submit(note=NOTE, effect_on=today() + TOMORROW, actor=actor)


def published(actor: User) -> ChecklistVersion:
    revision = unfinished()
    assert revision is not None
    return publishing.publish(seen=revision.content_digest, actor=actor)


def stricter(author: User) -> RevisionRule:
    """A draft of the rule CODE with every threshold one higher, in the revision."""
    draft = drafts.begin(code=CODE, actor=author)
    content = draft.content | {"thresholds": {level: number + 1 for level, number in draft.content["thresholds"].items()}}
    return rules.take_rule(draft=drafts.change(draft=draft, content=content, reason="误报偏多", actor=author), actor=author)


def test_what_ships_as_version_one_keeps_its_digest_and_can_be_typed_again_without_a_change(root):
    version = ChecklistVersion.objects.get()
    assert version.digest == contents_of(version).digest == shipped.digest(shipped.read())
    for entry in contents_of(version).entries:
        assert read_item({**asdict(entry), "rules": ";".join(entry.rules)}, known_rules=entry.rules) == (entry, [])
    powers = derived_powers(contents_of(version).entries)
    assert {(power.line, power.post) for power in powers} == {(entry.line, entry.post) for entry in contents_of(version).entries}
    assert {step for power in powers for step in power.steps} == {entry.step for entry in contents_of(version).entries}


def test_an_item_and_a_threshold_change_together_from_the_stated_day_on_and_what_was_stays_explained(author, other):
    make_rule(CODE, line="violation")
    before = timezone.now()
    change(author, control="受理岗轮换；退办须系统留因", reason="巡查发现")
    stricter(author)
    rules.waive(code=CODE, reason="本机构历史不足一年", actor=author)
    submitted(author)
    version = published(other)
    start = day_start(today() + TOMORROW)
    assert (version.number, version.effective_from, version.published_by, version.note) == (2, start, "other", NOTE)
    assert version.items.count() == 76
    assert version_at(before).number == version_at(start - timedelta(seconds=1)).number == 1
    assert item_at("REG-A1", before).control != item_at("REG-A1", start).control == "受理岗轮换；退办须系统留因"
    second = RuleVersion.objects.get(rule__code=CODE, number=2)
    assert (second.effective_from, second.author, second.published_by) == (today() + TOMORROW, "author", "other")
    assert rules_in_force(version)[CODE] == second
    assert rules_in_force(ChecklistVersion.objects.get(number=1))[CODE].number == 1
    told = version.revision.changes.get()
    assert (told.no, told.op, told.reason, told.changed_by) == ("REG-A1", "change", "巡查发现", author)
    acts = [entry.action for entry in AuditEntry.objects.filter(action__startswith="checklist.").order_by("id")]
    assert acts == [
        f"checklist.{act}" for act in ("revision_begun", "item_changed", "rule_taken", "backtest_waived", "submitted", "published")
    ]


def test_what_was_raised_stays_with_its_version_and_is_judged_again_by_it_after_a_revision_and_a_roll_back(author, other, root):
    make_staff(make_unit(code="U1", kind="squad", parent=root), staff_no="P1")
    make_rule(CODE, line="violation", window_days=1, thresholds={"yellow": 12}, sentence_zh="{subject}一日{observed}笔。")
    take(burst(count=12))
    score_pending()
    facts = Alert.objects.values_list("pk", "rule_version__number", "status", "level", "observed", "threshold", "evidence_count")
    before = facts.get()
    assert before[1:] == (1, Alert.Status.NEW, "yellow", 12, 12, 12)
    stricter(author)
    rules.waive(code=CODE, reason="本机构历史不足一年", actor=author)
    submitted(author)
    published(other)
    publishing.roll_back(to=1, note="回退", effect_on=today() + TOMORROW, actor=other)
    published(author)
    assert RuleVersion.objects.filter(rule__code=CODE).count() == 3
    mark_everything()
    score_pending()
    assert facts.get() == before
    take(burst(count=1, first=13))
    score_pending()
    assert facts.get() == (*before[:4], 13, 12, 13)


def test_rolled_back_in_one_act_it_says_what_it_said_and_a_rule_that_came_between_is_off(author, other):
    load_catalogue()
    first = ChecklistVersion.objects.get()
    change(author, control="另一措施")
    services.take_out(no="REG-A2", reason="并入REG-A1", actor=author, seen=seen("REG-A2"))
    services.set_item(given=item("REG-B1", no="REG-B9", risk_point="代拓印"), reason="", actor=author)
    services.drop_power(key=contents_of(first).powers[3].key, actor=author)
    stricter(author)
    new = drafts.begin(code="VIO-90", content=drafts.version_entry(RuleVersion.objects.get(rule__code=CODE)).content | NEW, actor=author)
    rules.take_rule(draft=new, actor=author)
    for code in (CODE, "VIO-90"):
        rules.waive(code=code, reason="历史不足", actor=author)
    submitted(author)
    second = published(other)
    assert contents_of(second).digest == second.digest != first.digest
    nos = [entry.no for entry in contents_of(second).entries]
    assert "REG-A2" not in nos and nos[nos.index("REG-B3") + 1] == "REG-B9" and len(nos) == 76

    revision = publishing.roll_back(to=1, note="回退", effect_on=today() + TOMORROW, actor=other)
    assert revision.status == Revision.Status.SUBMITTED and revision.undoes == first
    with pytest.raises(NotAllowed):
        published(other)
    third = published(author)
    assert third.digest == first.digest and contents_of(third) == contents_of(first)
    then, now = rules_in_force(first), rules_in_force(third)
    assert {code: version.digest for code, version in then.items()} == {code: now[code].digest for code in then}
    assert now["VIO-90"].mode == RuleVersion.Mode.OFF and now[CODE].number == 3


NEW = {"code": "VIO-90", "mode": "shadow", "mode_reason": "试运行"}


def test_a_rule_waits_for_its_backtest_and_a_waiver_lapses_with_the_next_change(author, monkeypatch):
    make_rule(CODE, line="violation")
    rule = stricter(author)
    with pytest.raises(BadInput, match=CODE):
        submitted(author)
    with pytest.raises(BadInput):
        rules.waive(code=CODE, reason="", actor=author)
    rules.waive(code=CODE, reason="历史不足", actor=author)
    draft = drafts.change(draft=rule.draft, content=rule.draft.content | {"min_n": 9}, reason="样本", actor=author)
    with pytest.raises(BadInput, match=CODE):
        submitted(author)
    monkeypatch.setattr(gate, "_asked", [lambda digest: digest == draft.digest])
    assert submitted(author).content_digest


def test_a_draft_of_a_rule_changed_after_submission_keeps_the_whole_from_being_published(author, other):
    make_rule(CODE, line="violation")
    rule = stricter(author)
    rules.waive(code=CODE, reason="历史不足", actor=author)
    shown = submitted(author).content_digest
    rule.draft.refresh_from_db()
    drafts.change(draft=rule.draft, content=rule.draft.content | {"min_n": 9}, reason="样本", actor=author)
    with pytest.raises(Conflict):
        publishing.publish(seen=shown, actor=other)
    assert ChecklistVersion.objects.count() == 1 and RuleVersion.objects.count() == 1
    publishing.withdraw(actor=author)
    assert unfinished().status == Revision.Status.EDITING


def test_whoever_had_a_hand_in_it_does_not_publish_it_nor_does_anybody_without_the_right(author, other, root):
    change(author, control="另一措施")
    change(other, "REG-A2", control="第三措施")
    services.restore_item(no="REG-A2", actor=other)
    third = make_user(Role.CHECKLIST_ADMIN, root)
    submitted(author)
    assert hands_of(unfinished()) == {author.pk, other.pk}
    auxiliary = make_user(Role.LEADER, root, staff_kind="auxiliary")
    below = make_user(Role.LEADER, make_unit(parent=root))
    strangers = [make_user(role, root) for role in Role.values if role not in (Role.CHECKLIST_ADMIN, Role.LEADER)]
    for person in (author, other, auxiliary, below, *strangers):
        with pytest.raises(NotAllowed):
            published(person)
        with pytest.raises(NotAllowed):
            publishing.give_back(note="重拟", actor=person)
    with pytest.raises(Conflict):
        publishing.publish(seen="0" * 64, actor=third)
    publishing.give_back(note="请补充依据", actor=third)
    with pytest.raises(Conflict):
        published(third)
    submitted(author)
    assert published(third).number == 2


def test_the_database_refuses_an_author_who_publishes_and_a_second_draft(author, other):
    change(author, control="另一措施")
    submitted(author)
    version = published(other)
    for field in ("author", "submitted_by"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Revision.objects.filter(published_as=version).update(**{field: other})
    with pytest.raises(IntegrityError), transaction.atomic():
        Revision.objects.filter(published_as=version).update(published_by=None)
    change(author, control="又一措施")
    with pytest.raises(IntegrityError), transaction.atomic():
        Revision.objects.create(base=version, author=author, begun_at=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        Revision.objects.filter(status="editing").update(unfinished=None)


def test_an_item_going_out_or_down_says_why_and_nobody_writes_over_another(author, other):
    with pytest.raises(BadInput):
        services.take_out(no="REG-A1", reason=" ", actor=author, seen=seen("REG-A1"))
    with pytest.raises(BadInput):
        change(author, "REG-A2", level="low")
    assert unfinished() is None
    change(author, "REG-A2", level="low", reason="近三年未发")
    change(author, "REG-A1", level="high")
    old = seen("REG-B1")
    change(author, "REG-B1", control="甲")
    with pytest.raises(Conflict):
        services.set_item(given=item("REG-B1", control="乙"), reason="", actor=other, no="REG-B1", seen=old)
    with pytest.raises(services.WrongFields) as wrong:
        services.set_item(given=item("REG-B1", level="red", control="", rules="XX-99", no="b 1"), reason="", actor=author)
    assert {problem.field for problem in wrong.value.problems} == {"level", "control", "rules", "no"}
    with pytest.raises(NotFound):
        services.take_out(no="REG-Z9", reason="无", actor=author, seen="")
    change(author, "REG-B1", control=item_at("REG-B1", timezone.now()).control)
    assert set(unfinished().changes.values_list("no", flat=True)) == {"REG-A1", "REG-A2"}


def test_a_submission_names_what_it_is_about_and_a_day_that_can_be(author, other):
    with pytest.raises(Conflict):
        submitted(author)
    change(author, control="另一措施")
    change(author, control=item_at("REG-A1", timezone.now()).control)
    with pytest.raises(BadInput):
        submitted(author)
    change(author, control="另一措施")
    for note, day in (("", TOMORROW), (NOTE, timedelta()), (NOTE, timedelta(days=500))):
        with pytest.raises(BadInput):
            publishing.submit(note=note, effect_on=today() + day, actor=author)
    publishing.submit(note=NOTE, effect_on=today() + timedelta(days=30), actor=author)
    with pytest.raises(Conflict):
        change(author, control="提交后再改")
    published(other)
    with pytest.raises(BadInput):
        publishing.roll_back(to=1, note="回退", effect_on=today() + TOMORROW, actor=author)
    late = publishing.roll_back(to=1, note="回退", effect_on=today() + timedelta(days=30), actor=author)
    assert late.effect_on == today() + timedelta(days=30)


def test_what_is_discarded_leaves_no_trace_but_the_record_and_proposals_wait_on(author):
    make_rule(CODE, line="violation")
    proposal = drafts.begin(code=CODE, actor=None)
    rules.take_rule(draft=proposal, actor=author)
    change(author, control="另一措施")
    publishing.discard(actor=author)
    proposal.refresh_from_db()
    assert unfinished() is None and proposal.state == "open" and not hasattr(proposal, "in_revision")
    assert RevisionItem.objects.count() == 1 and RevisionHand.objects.count() == 1
    own = rules.take_rule(draft=drafts.change(draft=proposal, content=proposal.content, reason="沿用", actor=author), actor=author)
    assert own.revision == unfinished()


def test_every_pair_of_status_and_act_is_told_by_the_table():
    nobody, editor, decider = Person(1, False, False), Person(1, True, True), Person(2, False, True)
    told = {
        (status, act): "".join(
            letter for letter, who in (("e", editor), ("d", decider), ("n", nobody)) if move.who(who, Standing(status, frozenset({1})))
        )
        for status, act, move in TABLE.rows()
    }
    assert told == {
        ("editing", Act.CHANGE): "e",
        ("editing", Act.SUBMIT): "e",
        ("editing", Act.DISCARD): "e",
        ("submitted", Act.WITHDRAW): "e",
        ("submitted", Act.RETURN): "d",
        ("submitted", Act.PUBLISH): "d",
    }


NOS = ["REG-A1", "REG-A2", "REG-B1", "VIO-A1", "COM-D2", "NEW-A1", "NEW-A2"]
ACTS = st.lists(
    st.tuples(st.sampled_from(["control", "level", "out", "restore", "add", "power"]), st.sampled_from(NOS), st.sampled_from("甲乙丙")),
    min_size=1,
    max_size=8,
)


def attempt(act: str, no: str, text: str, actor: User) -> None:
    if act == "out":
        services.take_out(no=no, reason=text * 3, actor=actor, seen=seen(no))
    elif act == "restore":
        services.restore_item(no=no, actor=actor)
    elif act == "add":
        services.set_item(given=item("VIO-A2", no=no, control=text), reason="", actor=actor)
    elif act == "power":
        given = {"line": "common", "post": "新岗", "name": text, "steps": "申请\n审批"}
        services.set_power(given=given, actor=actor)
    else:
        value = {"甲": "high", "乙": "medium", "丙": "low"}[text] if act == "level" else text
        change(actor, no, reason="调整等级", **{act: value})


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_no_row_of_acts_loses_an_item_and_a_roll_back_gives_the_same_digest(author, other, acts):
    before = contents_of(ChecklistVersion.objects.get())
    with transaction.atomic():
        for act, no, text in acts:
            try:
                with transaction.atomic():
                    attempt(act, no, text, author)
            except (MingjingError, KeyError):
                continue
        revision = unfinished()
        if revision is not None:
            ops = dict(revision.changes.values_list("no", "op"))
            after = contents_after(revision).by_no()
            expected = {no for no in before.by_no() if ops.get(no) != "out"} | {no for no, op in ops.items() if op == "add"}
            assert after.keys() == expected
            assert all(after[no] == entry for no, entry in before.by_no().items() if no not in ops)
            if contents_after(revision) != before:
                submitted(author)
                assert published(other).digest == contents_of(ChecklistVersion.objects.get(number=2)).digest
                publishing.roll_back(to=1, note="回退", effect_on=today() + TOMORROW, actor=author)
                assert published(other).digest == before.digest
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_publish_at_once_one_makes_the_version_and_the_other_is_told(author, other, root):
    third = make_user(Role.LEADER, root)
    change(author, control="另一措施")
    digest = content_digest(submitted(author))

    def run(actor: User) -> str:
        try:
            publishing.publish(seen=digest, actor=actor)
            return "published"
        except Conflict:
            return "late"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(run, [other, third])) == ["late", "published"]
    assert ChecklistVersion.objects.count() == 2 and Revision.objects.filter(unfinished=True).count() == 0
