"""The provisioner's tables, as numbered files that are applied once; see `foundation.storage.migrate`."""
