"""Making documents: numbers without a gap, versions that are kept, who makes and who sees, and what the record says."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import time_machine
from django.db import IntegrityError, connections, transaction

from ledger.audit.models import AuditEntry
from ledger.kit.errors import Conflict, NotAllowed, NotFound
from ledger.roster.models import Role, User
from oversight.cases.models import Case
from oversight.documents import services
from oversight.documents.files import KEPT, kept
from oversight.documents.models import Document, Edition, Series
from oversight.documents.services import draft_document, make_document
from oversight.documents.visibility import visible_documents, visible_edition
from risk.alerts.models import Alert, Recused
from tests.builders import make_alert, make_transaction, make_unit, make_user
from tests.oversight.cases.building import make_case, make_party
from tests.oversight.cast import Cast, make_cast
from tests.oversight.documents.word import text_of

pytestmark = pytest.mark.services


def assigned(cast: Cast, **extra) -> Case:
    """A case that was dispatched to the first brigade, its superior and another department."""
    case = make_case(cast.supervisor, unit=cast.first, **extra)
    make_party(case, cast.first)
    make_party(case, cast.detachment, "superior", duty="督促一大队整改")
    return case


@pytest.fixture
def case(cast: Cast) -> Case:
    return assigned(cast)


def make(case: Case, actor: User, kind: str = "assignment") -> Edition:
    return make_document(kind=kind, about=case.number, actor=actor)


def test_a_document_is_numbered_kept_and_written_into_the_record(cast: Cast, case: Case):
    edition = make(case, cast.supervisor)
    year = datetime.now(UTC).astimezone().year
    assert (edition.document.number, edition.version, edition.document.about) == (f"交办〔{year}〕1号", 1, case.number)
    content = kept(edition.sha256)
    assert hashlib.sha256(content).hexdigest() == edition.sha256
    printed = text_of(content)
    assert all(
        text in printed
        for text in (edition.document.number, case.number, "一大队", "督促一大队整改", "登记退办率偏高", cast.detachment.name)
    )
    entry = case.entries.get(kind="document.made")
    assert (entry.about, entry.data["number"], entry.data["version"]) == (case.number, edition.document.number, 1)
    assert AuditEntry.objects.filter(action="document.made", actor_id=cast.supervisor.pk).count() == 1
    with pytest.raises(TypeError):
        Edition.objects.update(fields={})


def test_each_kind_and_year_of_shanghai_counts_for_itself(cast: Cast, case: Case):
    with time_machine.travel(datetime(2026, 12, 31, 15, 59, tzinfo=UTC), tick=False):
        first, supervised = make(case, cast.supervisor), make(case, cast.supervisor, "supervision_order")
    with time_machine.travel(datetime(2026, 12, 31, 16, 1, tzinfo=UTC), tick=False):
        second = make(assigned(cast), cast.supervisor)
    numbers = [one.document.number for one in (first, supervised, second)]
    assert numbers == ["交办〔2026〕1号", "督办〔2026〕1号", "交办〔2027〕1号"]


def test_made_again_after_a_change_it_keeps_its_number_and_its_past(cast: Cast, case: Case):
    first = make(case, cast.supervisor)
    with pytest.raises(Conflict):
        make(case, cast.supervisor)
    make_party(case, cast.second, "department", duty="核对业务数据")
    second = make(case, cast.of[Role.LEADER])
    assert second.document == first.document
    assert [one.version for one in (first, second)] == [1, 2]
    assert "核对业务数据" not in text_of(kept(first.sha256))
    assert "核对业务数据" in text_of(kept(second.sha256))
    assert Series.objects.get(kind="assignment").last == 1


def test_a_number_is_free_again_when_making_fails(cast: Cast, case: Case, monkeypatch: pytest.MonkeyPatch):
    def broken(*_args):
        raise OSError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(services, "keep", broken)
        with pytest.raises(OSError):
            make(case, cast.supervisor)
    assert make(case, cast.supervisor).document.serial == 1


@pytest.mark.django_db(transaction=True)
def test_many_at_once_get_numbers_without_a_gap_and_one_thing_gets_one():
    cast = make_cast()
    cases = [assigned(cast) for _number in range(4)]

    def run(case: Case) -> int | None:
        try:
            return make(case, cast.supervisor).document.serial
        except Conflict:
            return None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        serials = list(pool.map(run, cases * 2))
    assert sorted(one for one in serials if one) == [1, 2, 3, 4]
    assert serials.count(None) == 4
    assert Document.objects.count() == Edition.objects.count() == 4


def test_the_database_itself_refuses_two_documents_with_one_number(cast: Cast, case: Case):
    one = make(case, cast.supervisor).document
    same = {"kind": one.kind, "case": case, "made_at": one.made_at, "number": one.number, "year": one.year}
    for wrong in ({"serial": one.serial, "about": "X"}, {"serial": 9, "about": one.about}, {"serial": None, "about": "X"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Document.objects.create(reference="WS-X", **same | wrong)


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.LEADER, Role.DISCIPLINE])
def test_officers_who_supervise_the_case_make_its_documents(cast: Cast, case: Case, role: str):
    assert make(case, cast.of[role]).version == 1


def test_parties_auxiliaries_and_strangers_make_none(cast: Cast, case: Case):
    with pytest.raises(NotAllowed):
        make(case, make_user(Role.SQUAD_LEADER, cast.first))
    with pytest.raises(NotAllowed):
        make(case, make_user(Role.SUPERVISOR, cast.detachment, staff_kind="auxiliary"))
    with pytest.raises(NotFound):
        make(case, make_user(Role.SUPERVISOR, make_unit(parent=cast.detachment)))
    assert not Document.objects.exists()


def test_a_party_sees_what_is_addressed_to_its_unit_and_no_other_version(cast: Cast, case: Case):
    lead, other = make_user(Role.SQUAD_LEADER, cast.first), make_user(Role.UNIT_OFFICER, cast.second)
    first = make(case, cast.supervisor)
    make_party(case, cast.second, "department")
    assert visible_edition(lead, first.document.reference) == first
    with pytest.raises(NotFound):
        visible_edition(other, first.document.reference)
    second = make(case, cast.supervisor)
    assert visible_edition(other, first.document.reference) == second
    with pytest.raises(NotFound):
        visible_edition(other, first.document.reference, 1)
    assert list(visible_documents(other)) == [first.document]


def test_who_must_not_see_the_case_sees_no_document_of_it(cast: Cast):
    sealed = assigned(cast, sealed=True)
    edition = make(sealed, cast.of[Role.LEADER])
    for user in (cast.supervisor, make_user(Role.SQUAD_LEADER, cast.first), cast.of[Role.AUDIT_ADMIN]):
        assert not visible_documents(user).exists()
    inspector = cast.of[Role.DISCIPLINE]
    assert visible_edition(inspector, edition.document.reference) == edition
    Recused.objects.create(alert=sealed.alerts.get().alert, staff_no=inspector.staff_no, reason="related")
    assert not visible_documents(inspector).exists()


def test_a_case_without_parties_has_nothing_to_assign(cast: Cast):
    with pytest.raises(Conflict):
        make(make_case(cast.supervisor, unit=cast.first), cast.supervisor)
    with pytest.raises(NotFound):
        make_document(kind="fine", about="X", actor=cast.supervisor)


def test_the_problems_name_serial_numbers_and_no_citizen(cast: Cast):
    row = make_transaction(cast.first)
    alert = make_alert(cast.first, evidence=[row], status=Alert.Status.ASSIGNED)
    case = make_case(cast.supervisor, alert)
    make_party(case, cast.first)
    draft = draft_document(kind="assignment", about=case.number, actor=cast.supervisor)
    (problem,) = draft.values["问题清单"]
    assert problem["证据流水"] == row.serial_no
    assert alert.number in problem["事实"]
    assert row.person_id_no not in repr(draft.values)
    assert "〔" in draft.values["文号"] and not Series.objects.exists()


def test_a_kept_file_that_was_changed_on_the_disk_is_not_given_out(cast: Cast, case: Case):
    edition = make(case, cast.supervisor)
    path = KEPT.path_of(edition.sha256)
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(Conflict):
        kept(edition.sha256)
    path.unlink()
    with pytest.raises(Conflict):
        kept(edition.sha256)
