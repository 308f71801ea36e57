"""Delivery reports: composed for senders whose mail did not arrive, and read when other hosts send them to us.

Pure: who gets a report and when is decided elsewhere, and nothing is sent or stored here.
"""
