"""Invented provinces for trials and benchmarks: names, agencies, rosters and their changes; never real people.

`provisioner.generate` is the door; everything here is deterministic: the same seed gives the same bytes on every run
and every Python version, because only `random.Random.random` is used, which Python promises to keep.
"""
