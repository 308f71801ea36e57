"""iTIP objects (RFC 5546) as bytes: what a meeting says to a calendar, and whether it says it rightly. No I/O."""
