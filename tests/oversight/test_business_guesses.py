"""What the one field of the ledger takes a text for: pure, and careful with what may be a citizen's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oversight.business.kinds import LONGEST, PERSONAL, Kind, guesses, is_identity, is_personal, normal, spellings

CITIZEN = "43070219800101001"
FULL_WIDTH = str.maketrans(
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", "０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ"
)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("430702198001010012", Kind.PERSON),
        (" 43070219800101001x ", Kind.PERSON),
        ("430702800101001", Kind.PERSON),
        ("湘J12345", Kind.PLATE),
        ("湘J·12345", Kind.PLATE),
        ("湘JD12345", Kind.PLATE),
        ("湘J1234学", Kind.PLATE),
        ("LSVAU2180N2183294", Kind.VIN),
        ("070001", Kind.STAFF),
        ("张某", Kind.STAFF),
        ("众诚代办点", Kind.AGENCY),
        ("91430700MA4L1ABC2X", Kind.AGENCY),
        ("914307007000000000", Kind.AGENCY),
        ("2611190060", Kind.SERIAL),
        ("vms:2611190060", Kind.SERIAL),
        ("10.43.7.21", Kind.TERMINAL),
    ],
)
def test_the_likeliest_meaning_comes_first(text: str, first: Kind):
    assert guesses(text)[0] == first


def test_a_number_is_a_citizens_by_its_check_digit():
    assert is_identity("11010519491231002X") and is_identity("11010519491231002x")
    assert not is_identity("110105194912310021") and not is_identity("11010519491231002")


@given(st.text(max_size=200))
def test_any_text_has_a_guess_unless_it_is_empty_and_the_same_however_it_was_spelled(text: str):
    said = normal(text)
    assert len(said) <= LONGEST
    assert normal(said) == said
    assert bool(guesses(text)) == bool(said)
    assert guesses(text) == guesses(said) == guesses(f"  {text}\t")
    assert len(set(guesses(text))) == len(guesses(text))


@given(st.from_regex(r"[1-8][0-9]{16}[0-9Xx]", fullmatch=True))
def test_what_looks_like_a_citizens_number_is_taken_for_one_and_kept_out_of_addresses_in_any_width(number: str):
    for way in (number, number.translate(FULL_WIDTH), f" {number}"):
        assert guesses(way)[:2] == (Kind.PERSON, Kind.AGENT)
        assert is_personal(way)
    assert {number, number.upper(), number.lower()} == set(spellings(Kind.PERSON, number))


@given(
    st.sampled_from("京湘粤沪"),
    st.sampled_from("ABJ"),
    st.from_regex(r"[0-9A-HJ-NP-Z]{5,6}", fullmatch=True),
    st.sampled_from(["", "·", " ", "-", "."]),
)
def test_a_plate_is_one_with_or_without_its_dot_and_is_found_as_the_ledger_spells_it(province: str, office: str, rest: str, dot: str):
    typed = f"{province}{office}{dot}{rest}"
    assert guesses(typed)[0] == guesses(typed.lower())[0] == Kind.PLATE
    assert province + office + rest in spellings(Kind.PLATE, typed.lower())


@given(st.text(min_size=1, max_size=40), st.sampled_from(sorted(Kind)))
def test_the_spellings_begin_with_what_was_typed_and_codes_are_searched_as_they_are(text: str, kind: Kind):
    found = spellings(kind, text)
    assert len(found) == len(set(found)) >= 1
    if kind not in PERSONAL:
        assert found == [normal(text)]
