"""One-time codes: read aloud, copied by hand, typed on a phone."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.codes import ALPHABET, link_parts, new_code, new_link_token, parts, proof


def test_a_code_is_twelve_characters_in_three_groups() -> None:
    code = new_code()
    groups = code.typed.split("-")
    assert [len(group) for group in groups] == [4, 4, 4]
    assert set("".join(groups)) <= set(ALPHABET)


def test_no_character_of_a_code_looks_like_another() -> None:
    assert len(set(ALPHABET)) == 32
    assert not set("OILU") & set(ALPHABET)


def test_only_the_hash_of_the_secret_part_is_kept() -> None:
    code = new_code()
    found = parts(code.typed)
    assert found is not None
    selector, secret = found
    assert (selector, proof(secret)) == (code.selector, code.secret_hash)
    assert code.secret_hash == hashlib.sha256(secret.encode()).digest()


@pytest.mark.parametrize(
    "typed",
    [
        "7K3M-Q0ZP-1TFA",
        "7k3m q0zp 1tfa",
        "7K3MQ0ZP1TFA",
        " 7k3m - q0zp - 1tfa ",
        "7K3M-QOZP-1TFA",  # O for 0
        "7K3M-QoZP-lTFA",  # o for 0, l for 1
        "7K3M-Q0ZP-ITFA",  # I for 1
        "7K3M\u2011Q0ZP\u20131TFA",  # the dashes that a message app puts there
        "７Ｋ３Ｍ Ｑ０ＺＰ １ＴＦＡ",  # full-width, from an Asian keyboard
    ],
)
def test_a_code_is_read_however_it_is_typed(typed: str) -> None:
    assert parts(typed) == ("7K3M", "Q0ZP1TFA")


@pytest.mark.parametrize(
    "typed", ["", "7K3M-Q0ZP-1TF", "7K3M-Q0ZP-1TFAA", "7K3M-Q0ZP-1TFé", "٧K3M-Q0ZP-1TFA", "-" * 40]
)
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert parts(typed) is None


@given(st.text(max_size=60))
def test_whatever_is_typed_gives_a_code_or_none(typed: str) -> None:
    found = parts(typed)
    assert found is None or set("".join(found)) <= set(ALPHABET)


@given(st.text(max_size=120))
def test_whatever_follows_a_link_gives_two_parts_or_none(token: str) -> None:
    found = link_parts(token)
    assert found is None or all(found)


def test_a_link_token_is_found_again_and_cannot_be_guessed() -> None:
    tokens = [new_link_token() for _ in range(50)]
    assert len({t.typed for t in tokens}) == 50
    found = link_parts(tokens[0].typed)
    assert found is not None
    assert (found[0], proof(found[1])) == (tokens[0].selector, tokens[0].secret_hash)
    assert len(found[1]) >= 32


def test_codes_do_not_repeat() -> None:
    assert len({new_code().typed for _ in range(200)}) == 200
