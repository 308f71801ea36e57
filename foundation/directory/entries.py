"""One entry of the directory as a plain frozen value: what was asked for, as text, in the order the server sent it.

Values are decoded as UTF-8. A value that is not UTF-8 (a photograph, a key) cannot be asked for here: nothing of ours
reads binary attributes. An attribute without values is absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Entry(NamedTuple):
    """A distinguished name and the attributes that were asked for, named as they were asked for."""

    dn: str
    attributes: Mapping[str, tuple[str, ...]]

    def values(self, attribute: str) -> tuple[str, ...]:
        """All values of an attribute; LDAP gives them in no order that means anything."""
        return self.attributes.get(attribute, ())

    def first(self, attribute: str) -> str:
        """The value of a single-valued attribute, or "" when the entry has none."""
        return self.attributes.get(attribute, ("",))[0]
