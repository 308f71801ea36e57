"""Fixtures that every layer of tests may ask for; each starts its server only when a test wants it."""

from __future__ import annotations

pytest_plugins = ["tests.support.slapd_server", "tests.support.ds389_server"]
