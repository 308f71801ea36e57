"""Names as rosters hold them, and the ways in which programs of the past have written them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from unicodedata import normalize

from foundation.vietnamese import CONFIDENT, Repaired, encode_tcvn3, encode_vni

DATA = Path(__file__).parents[1] / "data"


@lru_cache(maxsize=1)
def names() -> Any:
    return json.loads((DATA / "names.json").read_text(encoding="utf-8"))


def people(count: int, seed: int) -> list[tuple[str, str, str]]:
    """(family, middle, given) drawn by the weights of names.json."""
    chance, table = random.Random(seed), names()

    def pick(weights: Mapping[str, float]) -> str:
        return chance.choices(list(weights), list(weights.values()))[0]

    result = []
    for _ in range(count):
        sex, cohort = pick(table["sex_share"]), pick(table["cohort_share"])
        family = pick(table["family_names"]["national"])
        result.append((family, pick(table["middle_names"][sex][cohort]), pick(table["given_names"][sex])))
    return result


def every_name() -> list[tuple[str, str, str]]:
    """People in whom every family, middle and given name of names.json occurs at least once."""
    table = names()
    families = [
        *table["family_names"]["national"],
        *table["family_names"]["regional_multipliers"]["nghe_an_sample_NAN01"],
    ]
    middles = {name for sexes in table["middle_names"].values() for cohort in sexes.values() for name in cohort}
    middles |= {name for sexes in table["second_middle_names"].values() for name in sexes}
    givens = {name for sexes in table["given_names"].values() for name in sexes}
    return (
        [(family, "Văn", "Thắng") for family in dict.fromkeys(families)]
        + [("Nguyễn", middle, "Thắng") for middle in sorted(middles)]
        + [("Nguyễn", "Thị", given) for given in sorted(givens)]
    )


def unusual_names() -> list[str]:
    """Minority, royal, very long and one-letter names."""
    table = names()
    found: list[str] = []
    for group in table["ethnic_minority"].values():
        if not isinstance(group, dict):
            continue
        found += group.get("examples", [])
        givens = [*group.get("given_m", []), *group.get("given_f", [])]
        for clan in group.get("clans", []):
            found += [
                form for given in givens for form in (f"Y {given} {clan}", f"H'{given} {clan}", f"{clan} {given}")
            ]
    for special in ("two_token", "very_long", "one_letter_given", "compound_family", "apostrophe_space"):
        found += table["special_cases"][special]
    return [normalize("NFC", name) for name in dict.fromkeys(found)]


def misread(text: str) -> str:
    """UTF-8 read as cp1252, and as latin-1 where cp1252 has no letter."""
    letters = []
    for byte in text.encode():
        try:
            letters.append(bytes([byte]).decode("cp1252"))
        except UnicodeDecodeError:
            letters.append(chr(byte))
    return "".join(letters)


WRITTEN: dict[str, Callable[[str], str]] = {
    "unicode": lambda text: text,
    "decomposed": lambda text: normalize("NFD", text),
    "tcvn3": lambda text: encode_tcvn3(text, capital_font=True),
    "vni": encode_vni,
    "mojibake": misread,
    "mojibake by latin-1": lambda text: text.encode().decode("latin-1"),
}
LEGACY = tuple(name for name in WRITTEN if name != "unicode")


def can_write(encoding: str, text: str) -> bool:
    try:
        WRITTEN[encoding](text)
    except ValueError:
        return False
    return True


class Score(NamedTuple):
    """How a repair went; a name counts as right when all its cells are."""

    people: int
    right: int
    questions: int
    wrong_and_confident: list[tuple[str, str, str]]

    @property
    def recovered(self) -> float:
        return self.right / self.people

    def __str__(self) -> str:
        share = 100 * self.questions / self.people
        return f"{100 * self.recovered:8.3f} % right, {share:6.3f} % questions, {len(self.wrong_and_confident)} wrong"


def score(results: Iterable[Sequence[Repaired]], wanted: Iterable[Sequence[str]]) -> Score:
    people_seen = right = questions = 0
    wrong: list[tuple[str, str, str]] = []
    for cells, texts in zip(results, wanted, strict=True):
        people_seen += 1
        right += all(cell.text == text for cell, text in zip(cells, texts, strict=True))
        questions += any(cell.confidence < CONFIDENT for cell in cells)
        wrong += [
            (cell.original, cell.text, text)
            for cell, text in zip(cells, texts, strict=True)
            if cell.text != text and cell.confidence >= CONFIDENT
        ]
    return Score(people_seen, right, questions, wrong)
