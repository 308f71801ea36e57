"""Fixtures of the end-to-end stories: a province with its own folder and a real directory."""

from tests.support.postgres_server import postgres_server
from tests.support.province import loaded, province
from tests.support.trouble import own_slapd, silent_listener

__all__ = ["loaded", "own_slapd", "postgres_server", "province", "silent_listener"]
