"""Promises 1, 2, 3 and 8 of the design under SIGKILL: a few cycles here, two hundred in script/soak."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.support.relay_kills import crash_loop

CYCLES = 6


def test_a_killed_relay_loses_and_changes_nothing_that_it_acknowledged() -> None:
    with tempfile.TemporaryDirectory(prefix="congvu-kills-") as name:
        Path(name).chmod(0o755)
        totals, findings = crash_loop(CYCLES, 20261122, Path(name))
    assert findings == []
    assert totals.losses == 0, totals
    assert totals.acknowledged > 0
    assert totals.duplicates <= totals.flagged_as_possible_duplicates, totals
