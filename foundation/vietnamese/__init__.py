"""Vietnamese text: composed form, repair of legacy encodings, and the forms of names that machines compare.

    letters     alphabet, tones, NFC                 syllables   which strings are Vietnamese syllables
    encodings   TCVN3 and VNI, both directions       mojibake    UTF-8 read as cp1252 or latin-1
    evidence    how likely a word is                 readings    one cell in every encoding it may be written in
    decision    choosing by row and column           repair      lines, texts, columns, the cells of a person
    names       slug, equality, search and sort keys, initials

Pure: nothing here reads a clock, a file of the user or the network. The tables (JSON beside the code, each with its
origin) are read on first use, so that importing costs next to nothing.
"""

from foundation.vietnamese.encodings import encode_tcvn3, encode_vni
from foundation.vietnamese.letters import nfc
from foundation.vietnamese.names import equality_key, initials, search_key, slug, sort_key, syllables
from foundation.vietnamese.readings import CONFIDENT, Encoding, Repaired, Role
from foundation.vietnamese.repair import (
    candidates,
    column_mixture,
    repair_cells,
    repair_line,
    repair_name_cells,
    repair_name_rows,
    repair_text,
)
from foundation.vietnamese.syllables import syllable_is_valid

__all__ = [
    "CONFIDENT",
    "Encoding",
    "Repaired",
    "Role",
    "candidates",
    "column_mixture",
    "encode_tcvn3",
    "encode_vni",
    "equality_key",
    "initials",
    "nfc",
    "repair_cells",
    "repair_line",
    "repair_name_cells",
    "repair_name_rows",
    "repair_text",
    "search_key",
    "slug",
    "sort_key",
    "syllable_is_valid",
    "syllables",
]
