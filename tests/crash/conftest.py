"""Fixtures of the crash rehearsals: real servers, fresh databases."""

from tests.support.databases import database, database_url, open_tool, place
from tests.support.postgres_server import postgres_server

__all__ = ["database", "database_url", "open_tool", "place", "postgres_server"]
