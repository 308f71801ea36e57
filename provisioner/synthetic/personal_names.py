"""Invents Vietnamese personal names with the collisions of real life, from the tables of `data/names.json`.

The tables hold frequencies of single name parts (published aggregates and models, no person); a name is a draw of
family, middle and given part for a birth cohort and a sex. Minority names keep the order of their people.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any, Literal, NamedTuple

from provisioner.synthetic.dice import Weighted, pick

Sex = Literal["male", "female"]
Region = Literal["national", "north", "central", "south"]

MINORITY_SHARE = 0.06
"""Share of minority staff; provinces run from under 1 % to over 80 %. Enough that every form occurs in 1,000 people."""
_SPECIAL_SHARE = 0.004
"""Share of royal compounds, one-letter and two-word names, so that they occur at all."""


class InventedName(NamedTuple):
    """A full name with its parts and the official name of the ethnic group."""

    full: str
    family: str
    middle: str
    given: str
    ethnic_group: str = "Kinh"


class NameMaker:
    """Draws names for one region."""

    def __init__(self, region: Region) -> None:
        data = _names()
        national: dict[str, float] = dict(data["family_names"]["national"])
        factors: dict[str, float] = data["family_names"]["regional_multipliers"].get(region, {})
        self._families = Weighted({name: weight * factors.get(name, 1.0) for name, weight in national.items()})
        self._middles = {
            (sex, cohort): Weighted(weights)
            for sex, cohorts in data["middle_names"].items()
            for cohort, weights in cohorts.items()
        }
        self._second_middles = {sex: Weighted(weights) for sex, weights in data["second_middle_names"].items()}
        self._givens = {sex: Weighted(weights) for sex, weights in data["given_names"].items()}
        self._word_counts = {sex: Weighted(weights) for sex, weights in data["word_count"].items()}
        self._sexes = Weighted(data["sex_share"])
        self._cohorts = Weighted(data["cohort_share"])

    def sex(self, dice: Random) -> Sex:
        """The sex of the next person."""
        return "male" if self._sexes.pick(dice) == "male" else "female"

    def birth_year(self, dice: Random) -> int:
        """A year of birth, by the shares of the cohorts in the civil service."""
        first, last = self._cohorts.pick(dice).split("-")
        return int(first) + int(dice.random() * (min(int(last), 2002) - int(first) + 1))

    def name(self, dice: Random, sex: Sex, birth_year: int) -> InventedName:
        """A name for a person of this sex and year."""
        draw = dice.random()
        if draw < MINORITY_SHARE:
            return _minority_name(dice, sex)
        if draw < MINORITY_SHARE + _SPECIAL_SHARE:
            return _special_name(dice, sex, self._givens[sex].pick(dice))
        cohort = "1960-1979" if birth_year < 1980 else "1980-1989" if birth_year < 1990 else "1990-2004"
        family, given = self._families.pick(dice), self._givens[sex].pick(dice)
        words = int(self._word_counts[sex].pick(dice))
        middles: list[str] = []
        if words > 2:
            middles.append(self._middles[sex, cohort].pick(dice))
        while len(middles) < words - 2:
            second = self._second_middles[sex].pick(dice)
            middles.append(second if second not in (*middles, given) else pick(dice, ("Minh", "Ngọc", "Thanh")))
        return _kinh_order(family, " ".join(middles), given)


@cache
def _names() -> dict[str, Any]:
    text = (files("provisioner") / "data" / "names.json").read_text(encoding="utf-8")
    data: dict[str, Any] = json.loads(text)
    return data


def _kinh_order(family: str, middle: str, given: str, ethnic_group: str = "Kinh") -> InventedName:
    return InventedName(" ".join(part for part in (family, middle, given) if part), family, middle, given, ethnic_group)


def _minority_name(dice: Random, sex: Sex) -> InventedName:
    data = _names()["ethnic_minority"]
    group = pick(dice, ("Êđê", "Gia Rai", "Xơ Đăng", "Khmer", "Hmông", "Tày", "Thái", "Mường", "Chăm", "Cơ Ho"))
    male = sex == "male"
    if group == "Êđê":
        given = pick(dice, data["Êđê"]["given_m" if male else "given_f"])
        clan = pick(dice, data["Êđê"]["clans"])
        return InventedName(
            f"Y {given} {clan}" if male else f"H'{given} {clan}", clan, "Y" if male else "H'", given, group
        )
    if group == "Gia Rai":
        given = pick(dice, data["Jrai"]["given_m" if male else "given_f"])
        return _kinh_order(pick(dice, data["Jrai"]["clans"]), "", given, group)
    if group == "Xơ Đăng":
        given = pick(dice, data["Xơ Đăng / Ba Na / Giẻ Triêng"]["given_m" if male else "given_f"])
        return _kinh_order("", "A" if male else "Y", given, group)
    if group == "Cơ Ho":
        given = pick(dice, ("Brếp", "Brông", "Hiền", "Ten", "Lan", "Duy"))
        return InventedName(f"K'{given}", "", "K'", given, group) if male else _kinh_order("", "Ka", given, group)
    if group == "Khmer":
        family, given = (
            ("Chau" if male else "Néang"),
            pick(dice, ("Sóc Kha", "Sa Rết", "Sóc Phia", "Kim Sa", "Rít Thi")),
        )
        return _kinh_order(family, "", given, group)
    table = {"Hmông": "Hmông", "Chăm": "Chăm"}.get(group, "Thái / Tày / Nùng / Mường")
    middle = {"Hmông": ("A", "Thị")}.get(group, ("Văn", "Thị"))[0 if male else 1]
    given = pick(
        dice,
        ("Sì", "Páo", "Lử", "Chua", "Dơ")
        if group == "Hmông"
        else ("Pành", "Xôm", "Tài", "Ưng", "Minh", "Thịnh", "Hoa"),
    )
    return _kinh_order(pick(dice, data[table]["families"]), middle, given, group)


def _special_name(dice: Random, sex: Sex, given: str) -> InventedName:
    if dice.random() < 0.4:
        return _kinh_order(
            pick(dice, ("Lê", "Trần", "Võ", "Nguyễn")),
            pick(dice, ("", "Thị", "Văn")),
            pick(dice, ("Ý", "Ơ", "Ái", "Y")),
        )
    if sex == "female":
        family = pick(dice, ("Công Tằng Tôn Nữ", "Tôn Nữ"))
        return _kinh_order(family, pick(dice, ("Thị Ngọc Bảo", "Hoàng Thị Kim", "Quỳnh")), given)
    return _kinh_order(pick(dice, ("Tôn Thất", "Âu Dương")), pick(dice, ("Quốc", "Minh", "")), given)
