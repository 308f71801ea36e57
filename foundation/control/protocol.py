"""What is said over the control socket: one question, one answer, then the connection ends. Pure.

    question   one line of JSON {"version": 1, "verb": "hold", "body_bytes": 0, ...} and then that many bytes
    answer     one line of JSON: what the verb answers, or {"error": {...}} with both languages

Both lines end in LF and are bounded; a message's bytes are counted beforehand, so that nothing has to be escaped. The
two ends are always of one installation; `version` tells a command from before an upgrade that it must be started again.
"""

from __future__ import annotations

import json
from typing import Any, Final

from foundation.errors import (
    Busy,
    ConfigError,
    CongvuError,
    InputError,
    Problem,
    Unreachable,
    UsageError,
)
from foundation.language import Text

VERSION: Final = 1
LINE_BYTES: Final = 4 << 20
"""Ten thousand recipients of 254 octets are 2.5 MB, the longest question there is."""
SOCKET_PATH_BYTES: Final = 107
"""unix(7): sun_path has 108 bytes with its final zero."""

_TYPES: Final[dict[int, type[CongvuError]]] = {
    2: UsageError,
    65: InputError,
    69: Unreachable,
    75: Busy,
    78: ConfigError,
}


class Garbled(Exception):
    """What came over the socket is no question and no answer of ours."""


def encode(fields: dict[str, Any]) -> bytes:
    """One line."""
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> dict[str, Any]:
    """The fields of one line. Raises Garbled."""
    try:
        found = json.loads(line)
    except ValueError as error:
        raise Garbled("not JSON") from error
    if not isinstance(found, dict):
        raise Garbled("not an object")
    return found


def question(verb: str, body_bytes: int = 0, **fields: Any) -> bytes:
    """The line of a question."""
    return encode({"version": VERSION, "verb": verb, "body_bytes": body_bytes, **fields})


def refusal(error: CongvuError) -> dict[str, Any]:
    """The answer that carries an expected error to the other end, every problem with it."""
    return {
        "error": {
            "exit_code": error.exit_code,
            "message": list(error.message),
            "hint": list(error.hint) if error.hint else None,
            "problems": [_problem_fields(problem) for problem in error.problems],
            "candidates": list(error.candidates),
        }
    }


def raise_refusal(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer, unless it is a refusal: then the error itself is raised. Raises Garbled when it is neither."""
    if "error" not in answer:
        return answer
    try:
        told = answer["error"]
        kind = _TYPES.get(told["exit_code"], CongvuError)
        hint = Text(*told["hint"]) if told["hint"] else None
        problems = tuple(_problem(fields) for fields in told["problems"])
        error = kind(Text(*told["message"]), hint, problems, tuple(told.get("candidates", ())))
    except (KeyError, TypeError, AttributeError) as wrong:
        raise Garbled("not an error of ours") from wrong
    raise error


def _problem_fields(problem: Problem) -> dict[str, Any]:
    return {
        "severity": problem.severity,
        "message": list(problem.message),
        "value": problem.value,
        "column": problem.column,
        "hint": list(problem.hint) if problem.hint else None,
    }


def _problem(fields: dict[str, Any]) -> Problem:
    return Problem(
        fields["severity"],
        Text(*fields["message"]),
        column=fields["column"],
        value=fields["value"],
        hint=Text(*fields["hint"]) if fields["hint"] else None,
    )
