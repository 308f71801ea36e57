"""`provision --help` against a bare Python that imports click (target: <= 200 ms, goal 120 ms).

PYTHONPATH=. python tests/bench/bench_help.py
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.bench.province import repeated, row, run

RUNS = 11


def main() -> None:
    """Medians of both."""
    console_script = Path(sys.executable).with_name("provision")
    ours = repeated(RUNS, lambda: run([str(console_script), "--help"]))
    theirs = repeated(RUNS, lambda: run([sys.executable, "-c", "import click"]))
    row(
        "provision --help",
        f"{ours.wall_seconds * 1000:.0f} ms",
        f"{theirs.wall_seconds * 1000:.0f} ms (import click)",
        ours.wall_seconds / theirs.wall_seconds,
        "pass 200 ms, goal 120 ms",
    )


if __name__ == "__main__":
    main()
