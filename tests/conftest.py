"""Fixtures that every layer of tests may ask for; each starts its server only when a test wants it."""

from __future__ import annotations

import signal

pytest_plugins = ["tests.support.slapd_server", "tests.support.ds389_server"]

# A shell that starts the tests in its background lets them ignore Ctrl-C, and every child would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
