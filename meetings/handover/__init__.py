"""Hands promised letters, and mail that goes on to a secretary, to our relay: over TLS, with a login, each once."""
