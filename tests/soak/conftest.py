"""Fixtures of the long fault stories."""

from tests.support.postgres_server import postgres_server
from tests.support.trouble import own_slapd

__all__ = ["own_slapd", "postgres_server"]
