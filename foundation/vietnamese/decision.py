"""Chooses among the readings of open texts by the evidence of their neighbours.

A row (the cells of one person) was mostly typed in one encoding; a column is a mixture of rows. So the evidence of the
row's own cells comes first, and how common each encoding is in the column decides the rest. The result is the
probability of each *text*: encodings that agree on the text add up. All figures are vectors in the order of `CHOICES`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from foundation.vietnamese.readings import (
    CHOICES,
    DOUBTED,
    GUESSED,
    Encoding,
    Open,
    Repaired,
    Vector,
    in_capitals,
)

Look = Repaired | Open

NO_EVIDENCE: Final[Vector] = (0.97, 0.01, 0.01, 0.01)
"""How files are encoded when nothing is known: Unicode has been compulsory since 2002 (Decision 72/2002/QĐ-TTg)."""

LOYALTY: Final = 0.99
"""How often a cell has the encoding of its row; the rest are cells pasted or looked up from elsewhere."""

_STRAY: Final = 1 - LOYALTY
_PLAIN: Final = 0.9999
"""Above this no other reading matters."""
_LEAST_SUPPORT: Final = 0.02
"""A cell that is plausible as it stands changes with confidence only if its row or column speaks for it."""
_TCVN3: Final = CHOICES.index("tcvn3")
_UNICODE_FOR_SURE: Final[Vector] = (1.0, 1e-6, 1e-6, 1e-6)
_ASSUMED_ROWS: Final = 1.0
"""Weight of the assumption about a column, in rows: one row of real evidence counts as much."""
_LEAST_SHARE: Final = 1e-5
"""No encoding is ever ruled out by its column alone."""


def mixture_of(hint: Encoding | Mapping[Encoding, float] | None) -> Vector:
    """A hint about a column (an encoding, or the share of each) as a vector; no evidence when it says nothing."""
    if isinstance(hint, str):
        hint = {"unicode" if hint == "decomposed" else hint: 1.0}
    known = {name: share for name, share in (hint or {}).items() if name in CHOICES and share > 0}
    if not known:
        return NO_EVIDENCE
    total = sum(known.values())
    return _vector(
        0.97 * known.get(name, 0.0) / total + 0.03 * assumed for name, assumed in zip(CHOICES, NO_EVIDENCE, strict=True)
    )


def estimate_mixture(rows: Iterable[Sequence[Look]], assumed: Vector = NO_EVIDENCE) -> Vector:
    """The share of each encoding among these rows (three rounds of expectation-maximisation)."""
    evidence = [vectors for vectors in map(row_vectors, rows) if vectors]
    mixture = assumed
    for _ in range(3):
        counts = [share * _ASSUMED_ROWS for share in assumed]
        for vectors in evidence:
            weights = _row_weights(vectors, mixture)
            total = sum(weights)
            for choice, weight in enumerate(weights):
                counts[choice] += weight / total
        whole = sum(counts)
        mixture = _vector(max(count / whole, _LEAST_SHARE) for count in counts)
    return mixture


def row_vectors(looks: Sequence[Look]) -> list[Vector]:
    """What each cell of a row says about the row's encoding; ASCII and unreadable cells say nothing."""
    vectors = []
    for cell in looks:
        if isinstance(cell, Open):
            vectors.append(cell.likelihoods)
        elif cell.encoding in ("unicode", "decomposed"):
            vectors.append(_UNICODE_FOR_SURE)
    return vectors


def decide_row(looks: Sequence[Look], mixture: Vector, *, capitals: bool = False) -> list[Repaired]:
    """Settle every open cell of one row; `capitals`: rows that do not show it are in capitals."""
    vectors = row_vectors(looks)
    weights = _row_weights(vectors, mixture) if vectors else mixture
    return [
        _decide(cell, _support(cell.likelihoods, weights, mixture), looks, capitals) if isinstance(cell, Open) else cell
        for cell in looks
    ]


def _row_weights(vectors: Sequence[Vector], mixture: Vector) -> Vector:
    """How likely each encoding is for the row as a whole (not normalised). Written out: this runs for every row."""
    share0, share1, share2, share3 = mixture
    weight0, weight1, weight2, weight3 = mixture
    for own0, own1, own2, own3 in vectors:
        stray = _STRAY * (share0 * own0 + share1 * own1 + share2 * own2 + share3 * own3)
        weight0 *= LOYALTY * own0 + stray
        weight1 *= LOYALTY * own1 + stray
        weight2 *= LOYALTY * own2 + stray
        weight3 *= LOYALTY * own3 + stray
    return weight0, weight1, weight2, weight3


def _support(likelihoods: Vector, weights: Vector, mixture: Vector) -> Vector:
    """How likely each encoding is for one cell by the other cells of its row and the column, its own words left out."""
    own0, own1, own2, own3 = likelihoods
    share0, share1, share2, share3 = mixture
    stray = _STRAY * (share0 * own0 + share1 * own1 + share2 * own2 + share3 * own3)
    other0 = weights[0] / (LOYALTY * own0 + stray)
    other1 = weights[1] / (LOYALTY * own1 + stray)
    other2 = weights[2] / (LOYALTY * own2 + stray)
    other3 = weights[3] / (LOYALTY * own3 + stray)
    total = other0 + other1 + other2 + other3
    loyal = LOYALTY / total
    return (
        loyal * other0 + _STRAY * share0,
        loyal * other1 + _STRAY * share1,
        loyal * other2 + _STRAY * share2,
        loyal * other3 + _STRAY * share3,
    )


def _decide(cell: Open, support: Vector, looks: Sequence[Look], capitals: bool) -> Repaired:
    own0, own1, own2, own3 = cell.likelihoods
    joint = (own0 * support[0], own1 * support[1], own2 * support[2], own3 * support[3])
    total = sum(joint)
    best = joint.index(max(joint))
    confidence = joint[best] / total
    if confidence < _PLAIN:
        best, share = _likeliest_text(cell, joint)
        confidence = min(share / total, 1.0)
    if not cell.readable[best]:
        return Repaired(cell.original, cell.original, "unknown", min(confidence, DOUBTED))
    if cell.guessed[best] or (cell.plausible and best and support[best] < _LEAST_SUPPORT):
        confidence = min(confidence, GUESSED)
    heading = best == _TCVN3 and row_is_in_capitals(looks, otherwise=capitals)
    return Repaired(cell.read_as(best, heading=heading), cell.original, CHOICES[best], confidence)


def row_is_in_capitals(looks: Iterable[Look], *, otherwise: bool) -> bool:
    """Whether a row was typed in capitals, as far as TCVN3 shows it; `otherwise` when its cells do not say."""
    told = [in_capitals(cell.original, cell.role if isinstance(cell, Open) else "full") for cell in looks]
    return any(told) or (otherwise and False not in told)


def _likeliest_text(cell: Open, joint: Vector) -> tuple[int, float]:
    """(the likeliest encoding of the likeliest text, the text's share): encodings that give the same text add up."""
    texts = [cell.read_as(choice) for choice in range(4)]
    by_text: dict[str, float] = {}
    for text, share in zip(texts, joint, strict=True):
        by_text[text] = by_text.get(text, 0.0) + share
    chosen = max(by_text, key=by_text.__getitem__)
    best = max((choice for choice in range(4) if texts[choice] == chosen), key=joint.__getitem__)
    return best, by_text[chosen]


def _vector(values: Iterable[float]) -> Vector:
    unicode, tcvn3, vni, mojibake = values
    return unicode, tcvn3, vni, mojibake
