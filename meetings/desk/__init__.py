"""What happens to a meeting: each function is one unit of work in a transaction, and writes the journal's records."""
