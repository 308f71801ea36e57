"""Fixtures of the crash rehearsals: real servers, fresh databases, a province."""

from tests.support.databases import database, database_url, open_tool, place
from tests.support.postgres_server import postgres_server
from tests.support.province import loaded, province
from tests.support.trouble import own_slapd

__all__ = ["database", "database_url", "loaded", "open_tool", "own_slapd", "place", "postgres_server", "province"]
