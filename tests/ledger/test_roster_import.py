"""The roster from files: a tree of units whatever the order of rows, and everything else taken over by code."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.intake.models import Quarantined
from ledger.journal import changes
from ledger.journal.changes import RosterChange
from ledger.roster.models import Agency, Post, Posting, Shift, Staff, Unit
from ledger.roster.queries import unit_codes_above, unit_codes_below
from ledger.roster.services import FAR_PAST
from ledger.roster.tree import Place, misplaced, top_down
from tests.ledger.filing import found_town, outcome, send


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[RosterChange]]:
    heard: list[RosterChange] = []
    monkeypatch.setattr(changes, "_roster_listeners", [heard.append])
    yield heard


@pytest.mark.django_db
@pytest.mark.services
class TestUnits:
    def test_parents_may_come_after_their_children(self, tmp_path: Path) -> None:
        text = "code,name,kind,parent_code\nS1,一中队,squad,D1\nD1,一大队,brigade,ZD\nZD,支队,detachment,\nD2,二大队,brigade,ZD\n"
        assert outcome(send(tmp_path, text, kind="units")) == (4, 4, 0, 0, 0, 0)
        assert unit_codes_above("S1") == ["S1", "D1", "ZD"]
        assert unit_codes_below(["D1"]) == {"D1", "S1"}
        assert outcome(send(tmp_path, text, kind="units")) == (4, 0, 0, 4, 0, 0)
        assert Unit.objects.find_problems() == ([], [], [], [], [])

    def test_an_unknown_parent_and_what_hangs_on_it_are_rejected(self, tmp_path: Path) -> None:
        text = "code,name,kind,parent_code\nZD,支队,detachment,\nD1,一大队,brigade,XX\nS1,一中队,squad,D1\n"
        assert outcome(send(tmp_path, text, kind="units")) == (3, 1, 0, 0, 2, 0)
        reasons = Quarantined.objects.order_by("row").values_list("row", "column", "reason")
        assert list(reasons) == [(3, "parent_code", "unknown_unit"), (4, "parent_code", "unknown_unit")]

    def test_a_circle_is_rejected_and_the_rest_taken(self, tmp_path: Path) -> None:
        text = "code,name,kind,上级编码\nA,甲,brigade,B\nB,乙,brigade,A\nZD,支队,detachment,\nC,丙,brigade,C\n"
        assert outcome(send(tmp_path, text, kind="units")) == (4, 1, 0, 0, 3, 0)
        assert set(Quarantined.objects.values_list("column", "reason")) == {("上级编码", "parent_cycle")}

    def test_units_move_even_upside_down_and_who_listens_hears_it(self, tmp_path: Path, told: list[RosterChange]) -> None:
        found_town()
        text = "code,name,kind,parent_code\nZD,支队,detachment,D1\nD1,一大队,brigade,\n"
        assert outcome(send(tmp_path, text, kind="units")) == (2, 0, 2, 0, 0, 0)
        assert unit_codes_above("W1") == ["W1", "ZD", "D1"]
        assert unit_codes_above("S1") == ["S1", "D1"]
        assert Unit.objects.find_problems() == ([], [], [], [], [])
        assert told[0].unit_codes == {"ZD", "D1", "S1", "W1"}

    def test_what_a_file_does_not_state_stays_and_what_it_empties_goes(self, tmp_path: Path) -> None:
        send(tmp_path, "code,name,kind,hours,leader_no,district\nZD,支队,detachment,08:30-12:00,070001,430700\n", kind="units")
        counts = send(tmp_path, "code,name,kind,hours\nZD,交警支队,detachment,\n", kind="units")
        assert outcome(counts) == (1, 0, 1, 0, 0, 0)
        unit = Unit.objects.get()
        assert (unit.name, unit.hours, unit.leader_no, unit.district) == ("交警支队", "", "070001", "430700")

    def test_the_administrative_superior_stands_beside_the_tree(self, tmp_path: Path) -> None:
        text = "code,name,kind,parent_code,admin_parent_code\nZD,支队,detachment,,\nD1,一大队,brigade,ZD,G1\nG1,县局,department,,\n"
        assert outcome(send(tmp_path, text, kind="units")) == (3, 3, 0, 0, 0, 0)
        superior = Unit.objects.get(code="D1").admin_superior
        assert superior is not None and superior.code == "G1"
        again = send(tmp_path, "code,name,kind,行政上级\nD1,一大队,brigade,NO\n", kind="units")
        assert outcome(again) == (1, 0, 0, 0, 1, 0)

    @pytest.mark.parametrize("hours", ["8-12", "08:30-12:60", "25:00-26:00", "夜间"])
    def test_hours_that_are_none_are_rejected(self, tmp_path: Path, hours: str) -> None:
        assert outcome(send(tmp_path, f"code,name,kind,hours\nZD,支队,detachment,{hours}\n", kind="units")) == (1, 0, 0, 0, 1, 0)
        assert Quarantined.objects.get().reason == "bad_hours"


@pytest.mark.django_db
@pytest.mark.services
class TestPeopleAndPlaces:
    @pytest.fixture(autouse=True)
    def town(self, db: None) -> None:
        found_town()

    def test_rows_are_taken_over_by_code(self, tmp_path: Path) -> None:
        new = "F1,王某,auxiliary,S1,070001\n"
        text = "staff_no,name,kind,unit_code,responsible_no\n070001,李某,officer,D1,\n" + new * 2
        assert outcome(send(tmp_path, text, kind="staff")) == (3, 1, 1, 1, 0, 0)
        assert Staff.objects.get(staff_no="070001").name == "李某"

    def test_a_person_of_an_unknown_unit_is_rejected(self, tmp_path: Path) -> None:
        counts = send(tmp_path, "警号,姓名,类别,单位\n1,张某,officer,NO\n2,李某,chief,D1\n", kind="staff")
        assert outcome(counts) == (2, 0, 0, 0, 2, 0)
        assert set(Quarantined.objects.values_list("column", "reason")) == {("单位", "unknown_unit"), ("类别", "not_in_list")}

    def test_agencies_and_posts(self, tmp_path: Path, told: list[RosterChange]) -> None:
        agencies = "code,name,kind,unit_code\n91430700MA4L0000X1,众诚,dealer,D1\nX2,某某,test_station,\nX3,某某,bakery,\n"
        assert outcome(send(tmp_path, agencies, kind="agencies")) == (3, 2, 0, 0, 1, 0)
        posts = "code,name,line,sensitive\nP1,登记审核,registration,1\nP2,内勤,,0\nP3,坏,parking,0\nP4,坏,,是\n"
        assert outcome(send(tmp_path, posts, kind="posts")) == (4, 2, 0, 0, 2, 0)
        assert Post.objects.get(code="P1").sensitive and Agency.objects.count() == 2
        assert [(one.kind, one.agency_codes) for one in told] == [("agencies", {"91430700MA4L0000X1", "X2"}), ("posts", set())]

    def test_an_ended_posting_revises_the_open_one(self, tmp_path: Path, told: list[RosterChange]) -> None:
        head = "staff_no,post_code,unit_code,start_date,end_date\n"
        assert outcome(send(tmp_path, head + "070001,P1,D1,2024-01-01,\n", kind="postings")) == (1, 1, 0, 0, 0, 0)
        assert outcome(send(tmp_path, head + "070001,P1,D1,2024/1/1,2026-01-01\n", kind="postings")) == (1, 0, 1, 0, 0, 0)
        assert outcome(send(tmp_path, head + "070002,P1,D1,2024-01-02,2024-01-01\n", kind="postings")) == (1, 0, 0, 0, 1, 0)
        assert Posting.objects.get().end_date == date(2026, 1, 1)
        # The first posting known of somebody says something of all their days; its end of those from its beginning on.
        assert [(one.staff_nos, one.first_day) for one in told] == [({"070001"}, FAR_PAST), ({"070001"}, date(2024, 1, 1))]
        told.clear()
        send(tmp_path, head + "070001,P2,D1,2026-03-01,\n", kind="postings")
        assert told[0].first_day == date(2026, 1, 1)  # since when they had left

    def test_of_people_is_told_what_says_something_of_business_for_them_and_for_both_offices(
        self, tmp_path: Path, told: list[RosterChange]
    ) -> None:
        head = "staff_no,name,kind,unit_code,phone\n"
        send(tmp_path, head + "070009,甲,officer,D1,\n", kind="staff")
        assert (told[0].staff_nos, told[0].unit_codes) == ({"070009"}, {"D1"})
        send(tmp_path, head + "070009,甲某,officer,D1,13900000000\n", kind="staff")
        assert len(told) == 1
        send(tmp_path, head + "070009,甲,auxiliary,S1,\n", kind="staff")
        assert (told[1].staff_nos, told[1].unit_codes, told[1].first_day) == ({"070009"}, {"D1", "S1"}, FAR_PAST)

    def test_a_shift_is_told_for_the_units_below_and_the_day_after(self, tmp_path: Path, told: list[RosterChange]) -> None:
        day = "D1,2026-03-07,09:00,12:00\n"
        text = f"unit_code,date,start,end\n{day}D1,2026-03-07,22:00,02:00\n{day}D1,2026-03-08,9,12\n"
        assert outcome(send(tmp_path, text, kind="shifts")) == (4, 2, 0, 1, 1, 0)
        assert Shift.objects.count() == 2
        assert (told[0].unit_codes, told[0].first_day, told[0].last_day) == ({"D1", "S1"}, date(2026, 3, 7), date(2026, 3, 8))


codes = st.sampled_from("ABCDEF")


@given(existing=st.sets(codes), rows=st.lists(st.tuples(codes, st.sampled_from(["", *"ABCDEFX"])), max_size=10))
def test_what_is_left_after_the_misplaced_is_always_a_tree(existing: set[str], rows: list[tuple[str, str]]) -> None:
    start = dict.fromkeys(existing, "")
    bad = misplaced(start, [Place(code, parent) for code, parent in rows])
    parents = start | {code: parent for position, (code, parent) in enumerate(rows) if position not in bad}
    assert sorted(top_down(parents)) == sorted(parents)
