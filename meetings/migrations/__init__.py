"""The meetings tables, as numbered SQL files (see `foundation.storage.migrate`)."""
