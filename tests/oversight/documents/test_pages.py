"""文书 in pages: found, drafted, made, looked at, taken along; every copy is written down, and nothing is shown that is not theirs."""

import hashlib
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from ledger.audit.models import AuditEntry
from ledger.roster.models import Role
from oversight.cases.models import Case
from oversight.documents import pdf
from oversight.documents.case_kinds import RECTIFICATION
from oversight.documents.kinds import SYSTEM
from oversight.documents.models import Edition
from oversight.documents.papers import drawn
from oversight.documents.sections import documents_section
from oversight.documents.services import make_document
from oversight.documents.values import shaped
from oversight.viewer import Viewer
from tests.builders import make_unit, make_user
from tests.oversight.cases.building import make_case, make_party
from tests.oversight.cast import Cast, logged_in
from tests.oversight.documents.word import text_of

PAGE = "/documents/"


@pytest.fixture
def case(cast: Cast) -> Case:
    case = make_case(cast.supervisor, unit=cast.first, title="登记退办率偏高<b>")
    make_party(case, cast.first)
    return case


@pytest.fixture
def edition(cast: Cast, case: Case) -> Edition:
    return make_document(kind="assignment", about=case.number, actor=cast.supervisor)


def address(edition: Edition, end: str = "") -> str:
    return f"{PAGE}{edition.document.reference}/{end}"


def actions() -> list[str]:
    return list(AuditEntry.objects.filter(action__startswith="document.").order_by("id").values_list("action", flat=True))


def test_a_draft_of_a_case_that_waits_for_its_leader_offers_nothing_to_make(case: Case, supervisor: Client):
    url = f"{PAGE}draft/?kind=assignment&about={case.number}"
    assert "制作并编号" in supervisor.get(url).content.decode()
    Case.objects.filter(pk=case.pk).update(status=Case.Status.ASKED)
    page = supervisor.get(url).content.decode()
    assert "制作并编号" not in page and "尚未" in page and case.number in page


def test_from_the_case_over_a_draft_to_a_numbered_document_and_its_next_version(cast: Cast, case: Case, supervisor: Client):
    page = supervisor.get(PAGE, {"case": case.number})
    (offer,) = page.context["offers"]
    assert page.context["empty"]["title"] == "该案尚未制作文书"
    draft = supervisor.get(offer["url"])
    assert "〕　号" in draft.content.decode() and not Edition.objects.exists()
    assert "整改要求" in draft.context["blanks"]
    answer = supervisor.post(f"{PAGE}make/", {"kind": "assignment", "about": case.number}, follow=True)
    made = Edition.objects.get()
    assert answer.redirect_chain == [(address(made), 302)]
    assert made.document.number in answer.content.decode()
    assert "登记退办率偏高&lt;b&gt;" in answer.content.decode()
    again = supervisor.post(f"{PAGE}make/", {"kind": "assignment", "about": case.number}, follow=True)
    assert again.redirect_chain == [(address(made), 302)]
    assert "没有变化" in again.content.decode() and Edition.objects.count() == 1
    make_party(case, cast.second, "department")
    supervisor.post(f"{PAGE}make/", {"kind": "assignment", "about": case.number})
    page = supervisor.get(address(made))
    assert [(one["number"], one["shown"]) for one in page.context["versions"]] == [(2, True), (1, False)]
    old = supervisor.get(address(made), {"version": 1})
    assert (old.context["version"], old.context["units"]) == (1, ["一大队"])
    assert actions().count("document.made") == 2


def test_the_word_file_is_the_kept_one_under_its_chinese_name(supervisor: Client, edition: Edition):
    answer = supervisor.get(address(edition, "word/"))
    assert hashlib.sha256(answer.content).hexdigest() == edition.sha256
    assert edition.document.number in text_of(answer.content)
    name = quote(f"{edition.document.number} 交办单 第1版.docx", safe="")
    plain = f"{edition.document.reference}.docx"
    assert answer["Content-Disposition"] == f"attachment; filename=\"{plain}\"; filename*=UTF-8''{name}"
    assert actions()[-1] == "document.word"


def test_the_print_page_names_who_prints_it_and_needs_nothing_inline(supervisor: Client, edition: Edition, cast: Cast):
    html = supervisor.get(address(edition, "print/")).content.decode()
    assert cast.supervisor.name in html and edition.document.reference in html and edition.document.number in html
    assert "style=" not in html and "<script" not in html
    assert actions()[-1] == "document.printed"


def test_pdf_of_the_same_page(supervisor: Client, edition: Edition, pdf_made: list[Any]):
    answer = supervisor.get(address(edition, "pdf/"))
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-") and len(answer.content) > 10_000
    assert answer["Content-Disposition"].endswith(f"{quote('第1版.pdf')}")
    (document,) = pdf_made
    assert [(round(page.width * 25.4 / 96), round(page.height * 25.4 / 96)) for page in document.pages] == [(210, 297)] * len(
        document.pages
    )
    assert edition.document.number in printed(document) and "—1—" in printed(document)
    assert actions()[-1] == "document.pdf"


def test_a_receipt_stands_on_a_page_of_its_own_and_nothing_is_fetched(pdf_made: list[Any], caplog: pytest.LogCaptureFixture):
    values = {name: f"〔{name}〕" for name in SYSTEM} | shaped(RECTIFICATION, {"整改要求": "<img src='http://10.0.0.1/x.png'>甲"})
    pdf.make_pdf({"paper": drawn(RECTIFICATION, values), "reference": "WS-1", "mark": "赵某"})
    (document,) = pdf_made
    assert len(document.pages) == 2
    assert "<imgsrc=" in printed(document)
    assert "送达回证" in text_in(document.pages[1]._page_box)
    assert pdf.written("<img src='file:///etc/hostname'>").startswith(b"%PDF-")
    assert "fetches nothing, and not file:///etc/hostname" in caplog.text


def test_without_the_libraries_the_link_says_what_to_install_and_word_goes_on(
    supervisor: Client, edition: Edition, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pdf, "lacking", lambda: "libraries")
    answer = supervisor.get(address(edition, "pdf/"))
    assert answer.status_code == 503
    assert all(package in answer.content.decode() for package in pdf.PACKAGES.split())
    assert supervisor.get(address(edition, "word/")).status_code == 200


def test_the_list_is_searched_by_number_kind_and_case(supervisor: Client, edition: Edition, case: Case):
    number = edition.document.number
    for query, found in (
        ({"q": number}, 1),
        ({"q": case.number}, 1),
        ({"q": "退办率"}, 1),
        ({"kind": "assignment"}, 1),
        ({"kind": "circular"}, 0),
        ({"q": "整改"}, 0),
        ({"case": case.number, "kind": "assignment"}, 1),
    ):
        page = supervisor.get(PAGE, query)
        assert len(page.context["rows"]) == found, query
        assert (page.context["empty"] is None) == bool(found)


def test_who_may_not_see_the_case_finds_nothing_anywhere(cast: Cast, case: Case, edition: Edition):
    stranger = logged_in(make_user(Role.SUPERVISOR, make_unit(parent=cast.detachment)))
    assert stranger.get(PAGE).context["rows"] == []
    for end in ("", "print/", "word/", "pdf/"):
        assert stranger.get(address(edition, end)).status_code == 404
    assert stranger.get(PAGE, {"case": case.number}).status_code == 404
    assert stranger.get(f"{PAGE}draft/", {"kind": "assignment", "about": case.number}).status_code == 404
    assert stranger.post(f"{PAGE}make/", {"kind": "assignment", "about": case.number}).status_code == 404


def test_a_party_reads_what_it_was_sent_and_makes_nothing(cast: Cast, case: Case, edition: Edition):
    leader = make_user(Role.SQUAD_LEADER, cast.first)
    client = logged_in(leader)
    page = client.get(address(edition))
    assert (page.status_code, page.context["again_url"]) == (200, "")
    assert [row["number"] for row in client.get(PAGE).context["rows"]] == [edition.document.number]
    assert documents_section(case, Viewer(leader))["offers"] == []
    assert client.post(f"{PAGE}make/", {"kind": "assignment", "about": case.number}).status_code == 403


def test_what_cannot_be_made_is_told(cast: Cast, supervisor: Client):
    empty = make_case(cast.supervisor, unit=cast.first)
    assert supervisor.post(f"{PAGE}make/", {"kind": "assignment", "about": empty.number}).status_code == 409
    assert supervisor.post(f"{PAGE}make/", {"kind": "fine", "about": empty.number}).status_code == 404
    assert supervisor.get(f"{PAGE}draft/").status_code == 404


@pytest.fixture
def pdf_made(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The documents WeasyPrint lays out, to be looked into."""
    if pdf.lacking():
        pytest.skip(pdf.problem(pdf.lacking()))
    from weasyprint import HTML

    made: list[Any] = []
    render = HTML.render

    def kept(self: Any, *args: Any, **kwargs: Any) -> Any:
        made.append(render(self, *args, **kwargs))
        return made[-1]

    monkeypatch.setattr(HTML, "render", kept)
    return made


def printed(document: Any) -> str:
    return "".join(text_in(page._page_box) for page in document.pages)


def text_in(box: Any) -> str:
    """The text of a box and of all in it, without the blanks that only set it apart."""
    own = getattr(box, "text", "") or ""
    children = getattr(box, "children", ())
    return own.replace(" ", "") + "".join(text_in(child) for child in children)
