"""Search filters with values that a stranger may have chosen (RFC 4515 section 3). Pure."""

from __future__ import annotations


def escaped(value: str) -> str:
    """The value with everything escaped that means something in a filter, and everything outside printable ASCII."""
    return "".join(
        letter if letter.isascii() and letter.isprintable() and letter not in "\\*()" else _octets(letter)
        for letter in value
    )


def equals(attribute: str, value: str) -> str:
    """`(attribute=value)`"""
    return f"({attribute}={escaped(value)})"


def both(*filters: str) -> str:
    """`(&...)`"""
    return f"(&{''.join(filters)})"


def at_least(attribute: str, value: str) -> str:
    """`(attribute>=value)`"""
    return f"({attribute}>={escaped(value)})"


def _octets(letter: str) -> str:
    return "".join(f"\\{octet:02x}" for octet in letter.encode("utf-8", "surrogatepass"))
