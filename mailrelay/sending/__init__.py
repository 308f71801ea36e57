"""Sending: one attempt to hand a message to its next host, one answer for every recipient."""
