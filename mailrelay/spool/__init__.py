"""The spool: bodies on disk, and the ledger that makes acceptance and outcomes durable in groups."""
