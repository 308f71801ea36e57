"""Quoted-printable in pieces, and marks: filling later is the same as writing at once."""

from __future__ import annotations

import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import ConfigError
from meetings.invitations.marks import Marked, clean, clean_line, mark
from meetings.invitations.tree import filled, quoted_printable, single, values

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Co"]) | st.sampled_from("\n ="), max_size=120)
VALUES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Co"]), min_size=1, max_size=200)


@given(literals=st.lists(WORDS, min_size=1, max_size=5), name=VALUES, url=VALUES)
def test_a_filled_text_decodes_to_what_was_meant(literals: list[str], name: str, url: str) -> None:
    names = [("name", "url")[position % 2] for position in range(len(literals) - 1)]
    text = literals[0] + "".join(mark(each) + literal for each, literal in zip(names, literals[1:], strict=True)) + "\n"
    marked = Marked("x", text, {"name", "url"})
    given_values = {"name": name, "url": url}
    content = filled(single(marked), values("token", given_values))
    head, _, body = content.partition(b"\r\n\r\n")
    assert b"quoted-printable" in head
    assert quopri.decodestring(body.replace(b"\r\n", b"\n")).decode() == marked.filled(given_values)
    assert all(len(line) <= 77 for line in body.split(b"\r\n"))
    assert not any(line.endswith((b" ", b"\t")) for line in body.split(b"\r\n"))


def test_a_text_without_marks_is_one_piece() -> None:
    assert len(single(Marked("x", "Kính gửi\n", ()))) == 1
    assert quoted_printable("ế \n.\n") == b"=E1=BA=BF=20\r\n=2E\r\n"


@pytest.mark.parametrize(
    "text", ["\ue000other\ue001", "\ue000name", "\ue001", "\ue000NAME\ue001", "\ue000na\nme\ue001"]
)
def test_an_altered_mark_is_found(text: str) -> None:
    with pytest.raises(ConfigError):
        Marked("x", text, {"name"})


def test_no_value_can_be_a_mark_or_a_control() -> None:
    assert clean(f"a{mark('name')}b\r\nc\rd\x00\x1b\u2028\ud800") == "anameb\nc\nd"
    assert clean_line(" a\r\n\tb\u00a0 c ") == "a b c"
