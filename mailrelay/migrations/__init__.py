"""The relay's tables, as numbered SQL files (see `foundation.storage.migrate`)."""
