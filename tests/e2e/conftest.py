"""Fixtures of the end-to-end stories: a province with its own folder and a real directory."""

from tests.support.postgres_server import postgres_server
from tests.support.province import loaded, province

__all__ = ["loaded", "postgres_server", "province"]
