"""Places in the stream as opaque text."""

import pytest

from oversight.live.tokens import open_token, seal_position


@pytest.mark.parametrize("position", [0, 1, 255, 256, 10**12, 2**63 - 1])
def test_a_place_comes_back_to_the_user_it_was_given_to(position: int) -> None:
    assert open_token(seal_position(position, user_id=7), user_id=7) == position


def test_a_place_given_to_somebody_else_is_unknown() -> None:
    assert open_token(seal_position(41, user_id=7), user_id=8) is None


def test_two_tokens_of_one_place_differ_and_neighbours_share_nothing() -> None:
    tokens = [seal_position(1000 + n // 50, user_id=7) for n in range(100)]
    assert len(set(tokens)) == 100
    assert {len(token) for token in tokens} == {44}
    assert len({token[20:28] for token in tokens}) == 100


def test_a_token_changed_anywhere_is_unknown() -> None:
    token = seal_position(41, user_id=7)
    for n, letter in enumerate(token):
        changed = token[:n] + ("A" if letter != "A" else "B") + token[n + 1 :]
        assert open_token(changed, user_id=7) is None


@pytest.mark.parametrize("text", ["", "41", "null", "密" * 44, "=" * 44, "a" * 43, "a" * 44, "a" * 10_000])
def test_text_that_is_no_token_is_unknown(text: str) -> None:
    assert open_token(text, user_id=7) is None


def test_another_secret_key_knows_none_of_the_old_places(settings: object) -> None:
    token = seal_position(41, user_id=7)
    settings.SECRET_KEY = "another"  # type: ignore[attr-defined]
    assert open_token(token, user_id=7) is None
