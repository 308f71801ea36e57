"""Distinguished names (RFC 4514): one relative name written, two names compared. Pure.

Comparing knows the text only and not the schema: values are compared as `caseIgnoreMatch` does (RFC 4518: case and
repeated, leading or trailing spaces mean nothing), which is the rule of uid, cn, ou and dc. `uid` and its number
0.9.2342.19200300.100.1.1 are two names here, and a value in hexadecimal (`#04036F6C64`) equals itself only.
"""

from __future__ import annotations

import re
import unicodedata

_SPECIAL = re.compile(r'([,\\#+<>;"=])')

_PART = re.compile(
    r"""
    [ ]* ([A-Za-z][A-Za-z0-9-]* | [0-9]+(?:\.[0-9]+)*)              # a type: its name or its number
    [ ]*=[ ]*
    ( \#(?:[0-9A-Fa-f]{2})+ [ ]* (?=[,+]|\Z)                        # a value in BER
    | (?!\#) (?: [^\\,+;"<>\0] | \\[0-9A-Fa-f]{2} | \\[ "#+,;<=>\\] )* )  # or as text
    ( [,+] | \Z )
    """,
    re.VERBOSE,
)
_ALREADY_SAME = re.compile(r"[a-z][a-z0-9-]*=[a-z0-9._@-]+(?:,[a-z][a-z0-9-]*=[a-z0-9._@-]+)*\Z")
"""What nearly all names of our directory look like: of a hundred thousand, few need the parser."""

_ESCAPE = re.compile(r"((?:\\[0-9A-Fa-f]{2})+)|\\(.)")


def rdn(attribute: str, value: str) -> str:
    """`attribute=value` with the escapes of RFC 4514 section 2.4."""
    escaped = _SPECIAL.sub(r"\\\1", value).replace("\0", "\\00")
    if escaped.startswith(" "):
        escaped = "\\" + escaped
    if len(escaped) > 1 and escaped.endswith(" ") and not escaped.endswith("\\ "):
        escaped = escaped[:-1] + "\\ "
    return f"{attribute}={escaped}"


def same_name(dn: str) -> str:
    """The one spelling of a distinguished name: two names mean the same entry when theirs are equal.

    Lower case, NFC, without spaces around `,` `+` `=`, escapes as `rdn` writes them, the parts of a multi-valued
    relative name in order. Since `=` within a value is escaped, `",ou=people,…"` at its end is always the parent.
    Text that is no distinguished name comes back in lower case without outer spaces, and equals no name of an entry.
    """
    if _ALREADY_SAME.match(dn):
        return dn
    names: list[str] = []
    parts: list[str] = []
    position, separator = 0, ","
    while separator:
        found = _PART.match(dn, position)
        if found is None:
            return dn.strip().lower()
        kind, value, separator = found.groups()
        try:
            parts.append(_same_part(kind.lower(), value))
        except UnicodeDecodeError:
            return dn.strip().lower()
        if separator != "+":
            names.append("+".join(sorted(parts)))
            parts.clear()
        position = found.end()
    return ",".join(names)


def _same_part(kind: str, value: str) -> str:
    if value.startswith("#"):
        return f"{kind}={value.strip().lower()}"
    if "\\" in value:
        value = _ESCAPE.sub(_unescaped, value)
    return rdn(kind, " ".join(unicodedata.normalize("NFC", value.lower()).split()))


def _unescaped(escape: re.Match[str]) -> str:
    octets, letter = escape.groups()
    return bytes.fromhex(octets.replace("\\", "")).decode() if octets else letter
