"""Delivery: what waits, when it is tried, what came of it, who is told. Sockets are in `sending`, tables in `store`."""
