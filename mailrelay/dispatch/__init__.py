"""Delivery: what waits, when it is tried, what came of it, and who is told. Sockets are `sending`, tables are `store`."""
