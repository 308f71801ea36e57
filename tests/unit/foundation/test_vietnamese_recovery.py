"""How well names come back: measured, printed (pytest -rP), and bounded.

Unicode is kept without exception; legacy names come back in a column at 99.9 % or better; nothing is wrong with
confidence. What cannot be known is a question.
"""

from __future__ import annotations

import random

import pytest

from foundation.vietnamese import (
    CONFIDENT,
    column_mixture,
    repair_cells,
    repair_name_cells,
    repair_name_rows,
)
from tests.support.vietnamese_names import LEGACY, WRITTEN, can_write, every_name, people, score, unusual_names

PEOPLE = people(4000, seed=2026) + every_name()
FULL = [" ".join(person) for person in PEOPLE]
CAPITALS = [tuple(part.upper() for part in person) for person in PEOPLE]

TELL_TALES = set("¡¢£¤¥¦§¨©ª«¬\xad®µ¶·¸¹»¼½¾ÄÅÆÇËÎÏÐÑÖ×ØÛÜÞßäåæçëîïðñöøûüþ")
"""Characters of a legacy reading that no Vietnamese Unicode text has."""


@pytest.mark.parametrize("written", [PEOPLE, CAPITALS], ids=["ordinary", "capitals"])
def test_unicode_is_kept(written: list[tuple[str, ...]]) -> None:
    for rows in (written, [(" ".join(person),) for person in written]):
        found = score(repair_name_rows(rows), rows)
        print("unicode", found)
        assert found.recovered == 1.0
        assert found.questions == 0
        alone = score((repair_name_cells(row) for row in rows), rows)
        print("unicode, each person alone", alone)
        assert alone.recovered == 1.0
        assert alone.wrong_and_confident == []


@pytest.mark.parametrize("encoding", LEGACY)
@pytest.mark.parametrize("written", [PEOPLE, CAPITALS], ids=["ordinary", "capitals"])
def test_legacy_in_its_own_column(encoding: str, written: list[tuple[str, ...]]) -> None:
    write = WRITTEN[encoding]
    rows = [tuple(map(write, person)) for person in written]
    found = score(repair_name_rows(rows), written)
    print(encoding, "rows of three cells", found)
    assert found.recovered >= 0.999
    assert found.questions <= len(written) * 0.001
    assert found.wrong_and_confident == []
    for column in range(3):
        wanted = [(person[column],) for person in written]
        single = score(((cell,) for cell in repair_cells([row[column] for row in rows])), wanted)
        print(encoding, ("family", "middle", "given")[column], "column", single)
        assert single.recovered >= 0.999
        assert single.wrong_and_confident == []


@pytest.mark.parametrize("encoding", LEGACY)
def test_legacy_full_names_in_a_column(encoding: str) -> None:
    found = score(((cell,) for cell in repair_cells(list(map(WRITTEN[encoding], FULL)))), [(name,) for name in FULL])
    print(encoding, "full names", found)
    assert found.recovered >= 0.999
    assert found.wrong_and_confident == []


def _tells(encoding: str, text: str) -> bool:
    surface = WRITTEN[encoding](text)
    return surface != text and (bool(TELL_TALES & set(surface)) or encoding not in ("tcvn3", "vni"))


@pytest.mark.parametrize("encoding", LEGACY)
def test_legacy_alone_with_tell_tale_letters(encoding: str) -> None:
    parts = sorted({part for person in PEOPLE for part in person})
    for texts, least in ((parts, 0.99), (FULL, 0.999)):  # "Thuû" is Thủ in VNI and Thuỷ in TCVN3: a question
        wanted = [(text,) for text in texts if _tells(encoding, text)]
        found = score((repair_name_cells([WRITTEN[encoding](text)]) for (text,) in wanted), wanted)
        print(encoding, "alone", found)
        assert found.recovered >= least
        assert found.wrong_and_confident == []


@pytest.mark.parametrize("encoding", LEGACY)
def test_legacy_beside_the_persons_other_cells(encoding: str) -> None:
    told = [person for person in PEOPLE if any(_tells(encoding, part) for part in person)]
    found = score((repair_name_cells(list(map(WRITTEN[encoding], person))) for person in told), told)
    print(encoding, "beside own cells", found)
    assert found.recovered >= 0.999
    assert found.wrong_and_confident == []


def test_a_column_of_three_encodings_row_by_row() -> None:
    everybody = people(12000, seed=7)
    chosen = random.Random(8).choices(["unicode", "tcvn3", "vni"], [60, 25, 15], k=len(everybody))
    rows = [tuple(map(WRITTEN[encoding], person)) for encoding, person in zip(chosen, everybody, strict=True)]
    mixture = column_mixture(rows)
    print({name: round(share, 3) for name, share in mixture.items()})
    assert mixture["tcvn3"] == pytest.approx(0.25, abs=0.02)
    assert mixture["vni"] == pytest.approx(0.15, abs=0.02)
    together, one_by_one = repair_name_rows(rows), [repair_name_cells(row, mixture) for row in rows]
    full = repair_cells([" ".join(row) for row in rows])
    for results in (together, one_by_one):
        _check_mixed(results, everybody, chosen)
    _check_mixed([(cell,) for cell in full], [(" ".join(person),) for person in everybody], chosen)


def _check_mixed(results: list, wanted: list, chosen: list[str]) -> None:  # type: ignore[type-arg]
    for group in ("unicode", "legacy"):
        members = [index for index, encoding in enumerate(chosen) if (encoding == "unicode") == (group == "unicode")]
        found = score([results[index] for index in members], [wanted[index] for index in members])
        print("mixed", group, found)
        assert found.recovered >= (1.0 if group == "unicode" else 0.999)
        assert found.questions <= len(members) * 0.01
        assert found.wrong_and_confident == []


@pytest.mark.parametrize("encoding", LEGACY)
def test_unusual_names_in_a_column(encoding: str) -> None:
    unusual = [name for name in unusual_names() if can_write(encoding, name)]
    column = [*unusual, *FULL[: 3 * len(unusual)]]
    found = score(
        ((cell,) for cell in repair_cells(list(map(WRITTEN[encoding], column)))), [(name,) for name in column]
    )
    print(encoding, "unusual names among usual ones", found)
    assert found.recovered >= 0.999
    assert found.wrong_and_confident == []


def test_unusual_names_in_unicode_are_kept() -> None:
    column = [*unusual_names(), *FULL[:100]]
    assert [cell.text for cell in repair_cells(column)] == column
    assert [cell for cell in repair_cells(column) if cell.confidence < CONFIDENT] == []
    assert [name for name in column if repair_name_cells([name])[0].text != name] == []
