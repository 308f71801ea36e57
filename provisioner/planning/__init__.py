"""From people and a directory to a plan: what differs, what would be written, and why. Reads, never writes."""
