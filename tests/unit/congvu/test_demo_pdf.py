"""The demo's own PDF: what a reader needs to find is where the file says it is."""

from __future__ import annotations

import re

import pytest

from congvu.demo.pdf import make_pdf


@pytest.mark.parametrize("padding", [0, 250_000])
def test_every_object_is_where_the_table_says(padding: int) -> None:
    document = make_pdf(("THONG BAO (1)", "a \\ b"), "Thông báo", padding)
    assert document.startswith(b"%PDF-1.4\n")
    assert document.endswith(b"%%EOF\n")
    assert len(document) > padding * 0.99
    start = int(re.search(rb"startxref\n(\d+)\n", document)[1])  # type: ignore[index]
    assert document[start : start + 5] == b"xref\n"
    places = [int(place) for place in re.findall(rb"(\d{10}) 00000 n \n", document)]
    assert len(places) == 6
    for number, place in enumerate(places, 1):
        assert document[place:].startswith(b"%d 0 obj\n" % number)


def test_the_stream_is_as_long_as_it_says() -> None:
    document = make_pdf(("x",), "y")
    found = re.search(rb"/Length (\d+) >>\nstream\n(.*?)\nendstream", document, re.DOTALL)
    assert found is not None
    assert len(found[2]) == int(found[1])


def test_the_title_may_be_vietnamese() -> None:
    document = make_pdf(("x",), "Số")
    assert "Số".encode("utf-16-be").hex().upper().encode() in document


def test_brackets_are_escaped() -> None:
    assert rb"(a \(b\) \\ c) Tj" in make_pdf(("a (b) \\ c",), "x")
