"""No deadline per example: the machines differ, and a slow one is not a failure."""

from hypothesis import settings

settings.register_profile("congvu", deadline=None)
settings.load_profile("congvu")
