"""Fixtures of the end-to-end stories: a province with its own folder and a real directory."""

from tests.support.dovecot_server import dovecot, running_dovecot
from tests.support.postgres_server import postgres_server
from tests.support.province import loaded, province
from tests.support.trouble import own_slapd, silent_listener

__all__ = ["dovecot", "loaded", "own_slapd", "postgres_server", "province", "running_dovecot", "silent_listener"]
