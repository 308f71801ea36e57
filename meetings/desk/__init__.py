"""What happens to a meeting: each function is one unit of work given a transaction, and writes the journal's records."""
