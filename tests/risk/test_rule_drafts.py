"""Drafts of rules: begun, changed, dropped and published; nobody overwrites anybody, and nothing judged is judged anew."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from ledger.audit.models import AuditEntry
from ledger.kit.days import today
from ledger.kit.errors import BadInput, Conflict, NotAllowed, NotFound
from ledger.roster.accounts import Role
from ledger.roster.models import Unit
from risk.rules.drafts.models import RuleDraft
from risk.rules.drafts.queries import draft_changes, editors_of, judges_otherwise, open_draft, version_entry
from risk.rules.drafts.services import Unfit, begin, change, discard, publish
from risk.rules.entries import Refused, check, entry_of
from risk.rules.models import Rule, RuleVersion
from risk.rules.queries import coming_versions
from risk.rules.services import load_catalogue
from tests.builders import make_rule, make_unit, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.services]
CODE = "VIO-08"
TOMORROW = timedelta(days=1)


@pytest.fixture
def root() -> Unit:
    make_rule(CODE, line="violation")
    return make_unit(kind="detachment")


@pytest.fixture
def admin(root: Unit):
    return make_user(unit=root, role=Role.CHECKLIST_ADMIN)


def graver(draft: RuleDraft, **more: Any) -> dict[str, Any]:
    """What the draft says, with every threshold one higher."""
    return draft.content | {"thresholds": {level: number + 1 for level, number in draft.content["thresholds"].items()}} | more


def new_rule(**more: Any) -> dict[str, Any]:
    return (
        version_entry(RuleVersion.objects.get(rule__code=CODE)).content
        | {"code": "VIO-90", "mode": "shadow", "mode_reason": "试运行"}
        | more
    )


def test_every_shipped_version_says_as_an_entry_what_the_catalogue_says():
    load_catalogue()
    for version in RuleVersion.objects.select_related("rule"):
        assert version_entry(version).digest == version.digest, version
        assert entry_of(version_entry(version).content) == version_entry(version)


def test_a_draft_begins_with_what_is_in_force_is_changed_and_becomes_the_next_version(admin, root):
    other = make_user(unit=root, role=Role.CHECKLIST_ADMIN)
    draft = begin(code=CODE, actor=admin)
    assert not draft_changes(draft) and not judges_otherwise(draft)
    draft = change(draft=draft, content=graver(draft), reason="误报偏多", actor=other)
    assert {one.field.split(".")[0] for one in draft_changes(draft)} == {"thresholds"} and judges_otherwise(draft)
    assert editors_of(draft) == {admin.pk, other.pk}
    version = publish(draft=draft, effective_from=today() + TOMORROW, author=admin.username, publisher="li")
    draft.refresh_from_db()
    assert (version.number, version.digest, version.author, version.published_by) == (2, draft.digest, admin.username, "li")
    assert (draft.state, draft.published_as) == ("published", version) and version_entry(version).digest == version.digest
    acts = AuditEntry.objects.filter(target=CODE).values_list("action", flat=True)
    assert list(acts.order_by("id")) == ["rule_draft.begun", "rule_draft.changed", "rule.published"]


def test_who_changes_it_must_have_seen_it_as_it_is(admin):
    seen = begin(code=CODE, actor=admin)
    change(draft=seen, content=graver(seen), reason="一", actor=admin)
    for act in (
        lambda: change(draft=seen, content=seen.content, reason="二", actor=admin),
        lambda: discard(draft=seen, actor=admin),
        lambda: publish(draft=seen, effective_from=today() + TOMORROW, author="a", publisher="b"),
        lambda: begin(code=CODE, actor=admin),
    ):
        with pytest.raises(Conflict), transaction.atomic():
            act()
    assert RuleVersion.objects.filter(rule__code=CODE).count() == 1


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("thresholds", {"thresholds": {"yellow": 9, "red": 3}}),
        ("thresholds", {"thresholds": {"red": float("nan")}}),
        ("window_days", {"window_days": 0}),
        ("window_days", {"window_days": "7"}),
        ("params.nonsense", {"params": {"nonsense": 1}}),
        ("sentence_zh", {"sentence_zh": "{subject:>99999999}"}),
        ("sentence_zh", {"sentence_zh": "{观察值"}),
        ("mode_reason", {"mode": "shadow", "mode_reason": ""}),
        ("merge_days", {"merge_days": 30}),
        ("subject_column", {"subject_column": "plate"}),
        ("code", {"code": "VIO-07"}),
        ("colour", {"colour": "red"}),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(admin, field, wrong):
    draft = begin(code=CODE, actor=admin)
    with pytest.raises(Unfit) as refused:
        change(draft=draft, content=draft.content | wrong, reason="试", actor=admin)
    assert refused.value.field == field
    draft.refresh_from_db()
    assert draft.edition == 1


def test_what_a_detector_says_of_a_parameter_is_told_in_chinese_with_the_values_it_names(admin):
    content = begin(code=CODE, actor=admin).content | {"params": {"nonsense": 1}}
    with pytest.raises(Refused) as refused:
        check(entry_of(content))
    with translation.override("zh-hans"):
        told = refused.value.told
    assert told.startswith("params.nonsense") and "没有这个参数；可用的有：" in told
    assert "unknown parameter; known are " in str(refused.value)


def test_a_new_rule_begins_in_shadow_and_is_a_rule_once_published(admin):
    with pytest.raises(NotFound):
        begin(code="VIO-90", actor=admin)
    with pytest.raises(Unfit) as refused:
        begin(code="VIO-90", actor=admin, content=new_rule(mode="live"))
    assert refused.value.field == "mode" and not Rule.objects.filter(code="VIO-90").exists()
    draft = begin(code="VIO-90", actor=admin, content=new_rule())
    version = publish(draft=draft, effective_from=today() + TOMORROW, author="a", publisher="b")
    assert (version.rule.code, version.rule.reach, version.number, version.mode) == ("VIO-90", "subject", 1, "shadow")
    promoted = begin(code="VIO-90", actor=admin, content=new_rule(mode="live", mode_reason=""))
    assert promoted.base == version and judges_otherwise(promoted)


def test_publishing_never_reaches_back(admin):
    draft = begin(code=CODE, actor=admin)
    with pytest.raises(BadInput):
        publish(draft=draft, effective_from=today(), author="a", publisher="b")
    publish(draft=draft, effective_from=today() + 5 * TOMORROW, author="a", publisher="b")
    later = begin(code=CODE, actor=admin)
    with pytest.raises(BadInput):
        publish(draft=later, effective_from=today() + TOMORROW, author="a", publisher="b")


def test_dropped_it_is_gone_and_another_may_begin(admin):
    discard(draft=begin(code=CODE, actor=admin), actor=admin)
    assert open_draft(CODE) is None and begin(code=CODE, actor=admin).state == "open"


@pytest.mark.parametrize("role", [None, *(role for role in Role if role != Role.CHECKLIST_ADMIN)])
def test_only_checklist_admins_of_the_whole_detachment_write(root, role):
    of_a_squad = make_user(unit=make_unit(parent=root), role=Role.CHECKLIST_ADMIN)
    draft = begin(code=CODE, actor=None)
    for actor in (make_user(unit=root, role=role), of_a_squad):
        for act in (
            lambda who: begin(code="VIO-91", actor=who, content=new_rule(code="VIO-91")),
            lambda who: change(draft=draft, content=draft.content, reason="试", actor=who),
            lambda who: discard(draft=draft, actor=who),
        ):
            with pytest.raises(NotAllowed):
                act(actor)


def test_the_database_refuses_a_second_open_draft_of_a_rule(admin):
    draft = begin(code=CODE, actor=admin)
    draft.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        draft.save(force_insert=True)


def test_of_two_versions_for_one_day_only_the_later_is_to_come():
    """A version that is rolled back before its day never takes effect."""
    first = make_rule("ZZ-01")
    begins = today() + TOMORROW
    for number in (2, 3):
        make_rule("ZZ-01", number=number, effective_from=begins)
    assert [(one.rule_id, one.number) for one in coming_versions()] == [(first.rule_id, 3)]
