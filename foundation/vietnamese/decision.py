"""Chooses among the readings of open texts by the evidence of their neighbours.

A row (the cells of one person) was mostly typed in one encoding; a column is a mixture of rows. So the evidence of the
row's own cells comes first, and how common each encoding is in the column decides the rest. The result is the
probability of each *text*: encodings that agree on the text add up. All figures are vectors in the order of `CHOICES`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from foundation.vietnamese.encodings import all_capitals
from foundation.vietnamese.readings import (
    CHOICES,
    DOUBTED,
    GUESSED,
    Encoding,
    Open,
    Repaired,
    Vector,
)

Look = Repaired | Open

NO_EVIDENCE: Final[Vector] = (0.97, 0.01, 0.01, 0.01)
"""How files are encoded when nothing is known: Unicode has been compulsory since 2002 (Decision 72/2002/QĐ-TTg)."""

LOYALTY: Final = 0.99
"""How often a cell has the encoding of its row; the rest are cells pasted or looked up from elsewhere."""

_STRAY: Final = 1 - LOYALTY
_PLAIN: Final = 0.9999
"""Above this no other reading matters."""
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


def decide_row(looks: Sequence[Look], mixture: Vector) -> list[Repaired]:
    """Settle every open cell of one row."""
    vectors = row_vectors(looks)
    weights = _row_weights(vectors, mixture) if vectors else mixture
    return [
        _decide(cell, _posterior(cell.likelihoods, weights, mixture), looks) if isinstance(cell, Open) else cell
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


def _posterior(likelihoods: Vector, weights: Vector, mixture: Vector) -> Vector:
    """How likely each encoding is for one cell of a row with these weights; its own factor is taken out first."""
    own0, own1, own2, own3 = likelihoods
    share0, share1, share2, share3 = mixture
    stray = _STRAY * (share0 * own0 + share1 * own1 + share2 * own2 + share3 * own3)
    other0 = weights[0] / (LOYALTY * own0 + stray)
    other1 = weights[1] / (LOYALTY * own1 + stray)
    other2 = weights[2] / (LOYALTY * own2 + stray)
    other3 = weights[3] / (LOYALTY * own3 + stray)
    anything = _STRAY * (other0 + other1 + other2 + other3)
    joint0 = own0 * (LOYALTY * other0 + anything * share0)
    joint1 = own1 * (LOYALTY * other1 + anything * share1)
    joint2 = own2 * (LOYALTY * other2 + anything * share2)
    joint3 = own3 * (LOYALTY * other3 + anything * share3)
    total = joint0 + joint1 + joint2 + joint3
    return joint0 / total, joint1 / total, joint2 / total, joint3 / total


def _decide(cell: Open, posterior: Vector, looks: Sequence[Look]) -> Repaired:
    best = posterior.index(max(posterior))
    confidence = posterior[best]
    if confidence < _PLAIN:
        best, confidence = _likeliest_text(cell, posterior)
    if not cell.readable[best]:
        return Repaired(cell.original, cell.original, "unknown", min(confidence, DOUBTED))
    if cell.guessed[best]:
        confidence = min(confidence, GUESSED)
    heading = best == _TCVN3 and _stands_in_capitals(looks)
    return Repaired(cell.read_as(best, heading=heading), cell.original, CHOICES[best], min(confidence, 1.0))


def _likeliest_text(cell: Open, posterior: Vector) -> tuple[int, float]:
    """(the likeliest encoding of the likeliest text, its probability): encodings that give the same text add up."""
    texts = [cell.read_as(choice) for choice in range(4)]
    by_text: dict[str, float] = {}
    for text, share in zip(texts, posterior, strict=True):
        by_text[text] = by_text.get(text, 0.0) + share
    chosen = max(by_text, key=by_text.__getitem__)
    best = max((choice for choice in range(4) if texts[choice] == chosen), key=posterior.__getitem__)
    return best, by_text[chosen]


def _stands_in_capitals(looks: Sequence[Look]) -> bool:
    return any(all_capitals(cell.original) for cell in looks)


def _vector(values: Iterable[float]) -> Vector:
    unicode, tcvn3, vni, mojibake = values
    return unicode, tcvn3, vni, mojibake
