"""The directory: people and mailboxes as an LDAP server holds them. Reading only; the provisioner alone writes.

`foundation.directory.ldap.connect` opens the real one. Importing this package does not import ldap3.
"""

from __future__ import annotations

from foundation.directory.connection import ConnectionSettings, settings_from
from foundation.directory.dialect import Dialect
from foundation.directory.entries import Entry
from foundation.directory.lookup import Directory, Scope

__all__ = ["ConnectionSettings", "Dialect", "Directory", "Entry", "Scope", "settings_from"]
