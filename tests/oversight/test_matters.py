"""Alerts of one matter stand in one row: which belong together, which leads, and nothing hidden joins or counts."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.journal.models import Transaction
from ledger.roster.models import Role
from oversight.center.lists import FIRST, PAGE, AlertList, Wanted
from oversight.center.matters import DENSE, READ, Group, _pairs, _run, count, grouped, kin, near
from oversight.center.models import RelatedAlerts, RelatedHead
from oversight.center.relating import relate
from oversight.viewer import Viewer
from risk.alerts.hit_rows import FRAME
from risk.alerts.models import Alert, AlertEvidence, Hit
from risk.alerts.related import joined, pairs_of
from risk.alerts.sequencer import sequence_events
from risk.alerts.services import dismiss
from risk.rules.models import Level
from tests.builders import make_alert, make_rule, make_transaction, make_unit, make_user
from tests.oversight.cast import Cast, logged_in


def rows(cast: Cast, count: int) -> list[Transaction]:
    return [make_transaction(cast.first) for _number in range(count)]


def whole(listed: AlertList) -> list[Group]:
    """The matters of a list, of which every alert is read."""
    return grouped(list(listed.rows.values_list(*READ)), RelatedAlerts.objects.values_list("first_id", "second_id"))


def related() -> set[tuple[int, int]]:
    return set(RelatedAlerts.objects.values_list("first_id", "second_id"))


@pytest.mark.services
def test_alerts_about_the_same_business_are_related_once_their_events_have_a_place(cast: Cast):
    shared = rows(cast, 4)
    agent = make_alert(cast.first, evidence=shared, version=make_rule(subject_kind="agency", subject_column="agency"), subject_code="A1")
    officer = make_alert(cast.first, evidence=[*shared[1:], *rows(cast, 1)])
    other = make_alert(cast.first, evidence=rows(cast, 4))
    assert related() == set()
    sequence_events()
    assert related() == {(agent.pk, officer.pk)}
    assert relate() == 0
    assert not RelatedAlerts.objects.filter(first=other).exists()


@pytest.mark.parametrize(("mine", "theirs", "common", "same"), [(6, 6, 3, True), (6, 6, 2, False), (40, 4, 4, False), (8, 4, 4, True)])
def test_alerts_about_different_subjects_are_related_from_half_of_the_larger_on(
    cast: Cast, mine: int, theirs: int, common: int, same: bool
):
    shared = rows(cast, common)
    make_alert(cast.first, evidence=[*shared, *rows(cast, mine - common)])
    make_alert(cast.first, evidence=[*shared, *rows(cast, theirs - common)])
    sequence_events()
    assert bool(related()) == same


def test_alerts_about_one_subject_are_related_by_one_row_and_of_one_matter_without_any(cast: Cast):
    shared = rows(cast, 1)
    one = make_alert(cast.first, subject_code="070777", evidence=[*shared, *rows(cast, 5)])
    two = make_alert(cast.first, subject_code="070777", evidence=[*shared, *rows(cast, 5)])
    three = make_alert(cast.first, subject_code="070777", evidence=rows(cast, 2))
    later = make_alert(cast.first, version=three.rule_version, subject_code="070777", bucket=9, evidence=rows(cast, 2))
    sequence_events()
    assert related() == {(one.pk, two.pk)}
    found = whole(AlertList(Viewer(cast.supervisor), Wanted(tab="open")))
    assert found == [Group(one.pk, (two.number,)), Group(three.pk, (later.number,))]


def test_the_same_number_in_another_frame_is_another_row(cast: Cast):
    row = make_transaction(cast.first)
    make_alert(cast.first, evidence=[row])
    complaint = make_rule()
    complaint.rule.frame = "complaints"
    complaint.rule.save()
    about = make_alert(cast.first, version=complaint)
    AlertEvidence.objects.create(alert=about, row_id=row.pk)
    Alert.objects.filter(pk=about.pk).update(evidence_count=1)
    sequence_events()
    assert related() == set()


def test_a_sum_of_weak_signals_is_related_to_the_alerts_its_signals_raised(cast: Cast):
    part = make_alert(cast.first, subject_code="070778", evidence=rows(cast, 2))
    adding = make_rule()
    adding.rule.frame = FRAME
    adding.rule.save()
    total = make_alert(cast.first, version=adding, subject_code="070778")
    hit = Hit.objects.get(rule=part.rule, subject_code="070778", bucket=part.bucket)
    AlertEvidence.objects.create(alert=total, row_id=hit.pk)
    sequence_events()
    assert related() == {(part.pk, total.pk)}
    # Comparing the part again must not forget it.
    RelatedHead.objects.update(position=0)
    assert relate() > 0
    assert related() == {(part.pk, total.pk)}


def test_a_pair_goes_when_its_common_rows_have_gone(cast: Cast):
    shared = rows(cast, 3)
    one, _two = make_alert(cast.first, evidence=shared), make_alert(cast.first, evidence=shared)
    sequence_events()
    assert len(related()) == 1
    one.evidence.all().delete()
    from risk.alerts.models import AlertEvent

    AlertEvent.objects.create(alert=one, kind=AlertEvent.Kind.CHANGED, at=datetime.now(UTC), data={})
    sequence_events()
    assert related() == set()


def test_the_gravest_leads_and_says_how_many_more_there_are_and_opens_in_place(cast: Cast, supervisor: Client):
    version = make_rule()
    made = [
        make_alert(cast.first, version=version, subject_code="070779", bucket=n, level=level)
        for n, level in enumerate(["yellow", "red", "blue"])
    ]
    alone = make_alert(cast.first, level="orange")
    page = supervisor.get("/alerts/?tab=open")
    assert [row["number"] for row in page.context["alerts"]] == [made[1].number, alone.number]
    assert page.context["alerts"][0]["others"] == 2
    assert set(page.context["alerts"][0]["members"].split()) == {made[0].number, made[2].number}
    assert (page.context["total"], page.context["matters"]) == (4, 2)
    opened = supervisor.get(page.context["alerts"][0]["kin_url"])
    assert [row["number"] for row in opened.context["alerts"]] == [made[0].number, made[2].number]
    assert "<html" not in opened.content.decode()
    each = supervisor.get("/alerts/?tab=open&by=alert")
    assert len(each.context["alerts"]) == each.context["total"] == 4
    assert each.context["matters"] is None
    assert [one["number"] for one in supervisor.get(f"/alerts/{made[1].number}/").context["matter"]["first"]] == [
        made[0].number,
        made[2].number,
    ]


def test_a_matter_stands_in_any_order_where_its_gravest_alert_stands(cast: Cast, supervisor: Client):
    version, now = make_rule(), datetime.now(UTC)
    grave = make_alert(cast.first, version=version, subject_code="070780", bucket=1, level="red", raised_at=now - timedelta(hours=5))
    make_alert(cast.first, version=version, subject_code="070780", bucket=2, level="blue", raised_at=now)
    between = make_alert(cast.first, level="yellow", raised_at=now - timedelta(hours=2))
    page = supervisor.get("/alerts/?tab=open&sort=time")
    assert [row["number"] for row in page.context["alerts"]] == [between.number, grave.number]


@pytest.mark.services
def test_pages_by_matter_neither_skip_nor_repeat(cast: Cast, supervisor: Client):
    versions = [make_rule() for _number in range(FIRST + PAGE + 3)]
    for bucket in range(2):
        for number, version in enumerate(versions):
            make_alert(
                cast.first, version=version, subject_code=f"08{number:04d}", bucket=bucket, level=("red", "blue")[(number + bucket) % 2]
            )
    first = supervisor.get("/alerts/?tab=open")
    second = supervisor.get(first.context["next_url"] + "&fragment=rows")
    third = supervisor.get(second.context["next_url"] + "&fragment=rows")
    leads = [row["number"] for page in (first, second, third) for row in page.context["alerts"]]
    assert first.context["matters"] is None and 'id="matters" hx-get=' in first.content.decode()
    counted = supervisor.get(first.context["matters_url"])
    assert len(leads) == len(set(leads)) == counted.context["matters"] == len(versions)
    assert counted.content.decode().count(f"{len(versions)}件") == 2 and "<html" not in counted.content.decode()
    assert {alert.level for alert in Alert.objects.filter(number__in=leads)} == {"red"}
    assert third.context["next_url"] is None


def test_the_next_page_begins_where_an_alert_stood_that_has_left_the_list_since(cast: Cast, supervisor: Client):
    versions = [make_rule() for _number in range(30)]
    for number, version in enumerate(versions):
        make_alert(cast.first, version=version, subject_code=f"08{number:04d}")
    first = supervisor.get("/alerts/?tab=open")
    shown = [row["number"] for row in first.context["alerts"]]
    Alert.objects.filter(number=shown[-1]).update(status=Alert.Status.DISMISSED)
    second = supervisor.get(first.context["next_url"] + "&fragment=rows")
    rest = set(Alert.objects.values_list("number", flat=True)) - set(shown)
    assert {row["number"] for row in second.context["alerts"]} == rest and len(second.context["alerts"]) == len(rest) == 30 - len(shown)


@pytest.mark.services
def test_a_matter_of_more_alerts_than_a_page_has_rows_is_one_row_of_it(cast: Cast, supervisor: Client):
    """All of them are graver than the others, which are found by reading on."""
    version = make_rule()
    many = [make_alert(cast.first, version=version, subject_code="070783", bucket=bucket, level="red") for bucket in range(90)]
    others = [make_alert(cast.first, version=make_rule(), level="blue", subject_code=f"0707{number:02d}") for number in range(3)]
    page = supervisor.get("/alerts/?tab=open")
    assert [row["number"] for row in page.context["alerts"]] == [many[0].number, *(one.number for one in others)]
    assert (page.context["alerts"][0]["others"], page.context["matters"], page.context["total"]) == (89, 4, 93)


def test_what_ended_and_dismissals_to_review_are_single_alerts(cast: Cast, supervisor: Client):
    version = make_rule()
    for bucket in range(2):
        made = make_alert(cast.first, version=version, subject_code="070782", bucket=bucket, level="red")
        dismiss(number=made.number, actor=make_user(Role.SUPERVISOR, cast.detachment), reason="false_alarm")
    for tab in ("dismissed&period=30", "review", "all"):
        context = supervisor.get(f"/alerts/?tab={tab}").context
        assert (context["total"], len(context["alerts"]), context["matters"], context["by"]) == (2, 2, None, []), tab


@pytest.mark.services
def test_a_hidden_alert_neither_counts_in_a_matter_nor_joins_two_others(cast: Cast):
    """One and two share no row; the third, which is about the reader, stands on the rows of both."""
    recused = make_user(Role.SUPERVISOR, cast.detachment, name="蒋某")
    left, right = rows(cast, 3), rows(cast, 3)
    one, two = make_alert(cast.first, evidence=left), make_alert(cast.first, evidence=right)
    hidden = make_alert(cast.first, evidence=[*left, *right], subject_code=recused.staff_no)
    sequence_events()
    assert related() == {(one.pk, hidden.pk), (two.pk, hidden.pk)}
    reader, other = logged_in(recused), logged_in(cast.supervisor)
    page = reader.get("/alerts/?tab=open")
    assert {row["number"] for row in page.context["alerts"]} == {one.number, two.number}
    assert [row["others"] for row in page.context["alerts"]] == [0, 0]
    assert hidden.number not in page.content.decode()
    assert page.context["matters"] == 2
    for alert in (one, two):
        assert reader.get(f"/alerts/{alert.number}/kin/?tab=open").context["alerts"] == []
        assert reader.get(f"/alerts/{alert.number}/").context["matter"]["total"] == 0
        assert reader.get(f"/alerts/{alert.number}/row/?tab=open").context["alert"]["others"] == 0
    assert other.get("/alerts/?tab=open").context["matters"] == 1
    squad = logged_in(make_user(Role.SUPERVISOR, make_unit("三大队", parent=cast.detachment)))
    assert squad.get(f"/alerts/{one.number}/kin/?tab=open").status_code == 404


def test_a_row_that_is_read_again_says_the_same_of_its_matter_as_the_list(cast: Cast, supervisor: Client):
    version = make_rule()
    for bucket in range(3):
        make_alert(cast.first, version=version, subject_code="070781", bucket=bucket)
    row = supervisor.get("/alerts/?tab=open").context["alerts"][0]
    again = supervisor.get(row["row_url"]).context["alert"]
    assert {name: again[name] for name in ("others", "members", "picks")} == {name: row[name] for name in ("others", "members", "picks")}


@given(
    st.lists(st.integers(0, 5), min_size=1, max_size=12),
    st.lists(st.tuples(st.integers(0, 15), st.integers(0, 15)), max_size=12),
)
def test_groups_are_the_smallest_that_hold_every_matter_and_every_listed_pair(matters: list[int], pairs: list[tuple[int, int]]):
    listed = list(enumerate(matters))
    found = joined(listed, pairs)
    root = [found.get(matter, matter) for matter in matters]
    linked = [(a, b) for a, b in pairs if a < len(matters) and b < len(matters)]
    linked += [(a, b) for a in range(len(matters)) for b in range(len(matters)) if matters[a] == matters[b]]
    reach = {a: {a} for a in range(len(matters))}
    for _round in matters:
        for a, b in linked:
            reach[a] |= reach[b]
            reach[b] |= reach[a]
    assert all((root[a] == root[b]) == (b in reach[a]) for a in reach for b in reach)


@given(st.sets(st.integers(1, 400), min_size=1, max_size=40))
def test_a_run_of_ids_is_the_longest_dense_one_that_ends_with_the_last(listed: set[int]):
    ids = sorted(listed)
    run = _run(ids)

    def dense(place: int) -> bool:
        return ids[-1] - ids[place] < DENSE * (len(ids) - place)

    assert dense(run) and not any(dense(place) for place in range(run))


@pytest.mark.services
def test_pairs_are_found_of_what_was_raised_long_ago_as_of_what_was_raised_one_after_another(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    """Every second alert is old when runs must be whole."""
    monkeypatch.setattr("oversight.center.matters.DENSE", 1)
    versions = [make_rule() for _number in range(8)]
    alerts = [make_alert(cast.first, version=version, subject_code="070790") for version in versions]
    RelatedAlerts.objects.bulk_create(RelatedAlerts(first=one, second=other) for one, other in itertools.pairwise(alerts))
    known = sorted(alert.pk for alert in alerts)
    assert _run(known) == 0 and sorted(_pairs(known)) == list(itertools.pairwise(known))
    sparse = [*known[:4:2], *known[4:]]
    assert _run(sparse) == 2 and sorted(_pairs(sparse)) == [(known[0], known[1]), (known[2], known[3]), *itertools.pairwise(known[4:])]
    page = logged_in(cast.supervisor).get("/alerts/?tab=open")
    assert page.context["matters"] == 1 and page.context["alerts"][0]["others"] == 7


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pairs=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=8),
    ended=st.sets(st.integers(0, 9), max_size=2),
    levels=st.lists(st.sampled_from(["blue", "yellow", "orange", "red"]), min_size=10, max_size=10),
    sort=st.sampled_from(["", "time", "-time", "due", "subject"]),
    most=st.integers(1, 4),
)
def test_the_pages_of_a_list_are_its_matters_and_the_kin_of_an_alert_the_others_of_its_own(
    cast: Cast, pairs: list[tuple[int, int]], ended: set[int], levels: list[str], sort: str, most: int
):
    if Alert.objects.count() < 10:
        versions = [make_rule() for _number in range(5)]
        for number in range(10):
            make_alert(cast.first, version=versions[number % 5], subject_code=f"0799{number % 5}", bucket=number)
    alerts = list(Alert.objects.order_by("id"))
    for place, (alert, level) in enumerate(zip(alerts, levels, strict=True)):
        alert.level, alert.level_rank = level, Level(level).rank
        alert.status = Alert.Status.DISMISSED if place in ended else Alert.Status.NEW
        alert.save()
    RelatedAlerts.objects.all().delete()
    wanted = {(min(a, b), max(a, b)) for a, b in pairs if a != b}
    RelatedAlerts.objects.bulk_create(RelatedAlerts(first=alerts[a], second=alerts[b]) for a, b in wanted)
    listed = AlertList(Viewer(cast.supervisor), Wanted(tab="open", sort=sort))
    expected = whole(listed)
    found: list[Group] = []
    more, cursor = True, None
    while more and len(found) <= len(expected):
        page, more = listed.page(cursor, most)
        found += page
        cursor = Alert.objects.get(pk=page[-1].lead)
    assert found == expected and len(expected) == count(listed.alerts) == listed.matters
    numbers = {alert.pk: alert.number for alert in alerts}
    for group in expected:
        everyone = {numbers[group.lead], *group.others}
        for alert in Alert.objects.filter(number__in=everyone):
            assert {alert.number, *kin(listed.rows, alert)} == everyone
            found_near = near(Alert.objects.filter(pk=alert.pk))
            assert found_near.begun == {alert.pk} and found_near.alerts == {one.pk for one in alerts if one.number in everyone}


def test_comparing_nothing_finds_nothing(cast: Cast):
    assert pairs_of([]) == set()
    assert relate() == 0
