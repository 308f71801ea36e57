"""Knows a winmail.dat (Microsoft's TNEF) when it sees one. It does not read it: there is an answer inside, and a person
has to ask for it again."""

from __future__ import annotations

from typing import Final

from meetings.replies.mime import Leaf, Mail

MAGIC: Final = b"\x78\x9f\x3e\x22"
"""0x223E9F78, little endian (MS-OXTNEF 2.1.3.2)."""
_KINDS: Final = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})


def is_tnef(mail: Mail, leaf: Leaf) -> bool:
    """Whether this part is TNEF: by its type, its name, or (of a part without a telling type) its first bytes."""
    if leaf.kind in _KINDS or leaf.name.lower() == "winmail.dat":
        return True
    return leaf.kind == "application/octet-stream" and leaf.beginning(mail.data, len(MAGIC)) == MAGIC
