"""Posts as directory values (`congvuPost`): fields joined by `$`, escaped as in a postal address (RFC 4517 3.3.28).

One value is `agency$title$rank$kind$from$decision`. Pure.
"""

from __future__ import annotations

from datetime import date

from provisioner.people import Post


def to_value(post: Post) -> str:
    """A post as one attribute value."""
    start = post.effective_from.isoformat() if post.effective_from else ""
    fields = (post.agency, post.title, post.rank, post.kind, start, post.decision)
    plain = "$".join(fields)
    if plain.count("$") == len(fields) - 1 and "\\" not in plain:
        return plain
    return "$".join(field.replace("\\", "\\5C").replace("$", "\\24") for field in fields)


def as_json(value: str) -> dict[str, str | None]:
    """A stored post as `provision show` tells it; a value broken by hand gives what can be read of it."""
    fields = [field.replace("\\24", "$").replace("\\5C", "\\") for field in value.split("$")] + [""] * 6
    agency, title, rank, kind, start, decision = fields[:6]
    return {
        "agency": agency,
        "title": title,
        "rank": rank,
        "kind": kind or "main",
        "from": start if _is_date(start) else None,
        "decision": decision,
    }


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
