"""From the values of a form to a draft: one edition of a meeting with its people, or every problem with it.

Keys that the form does not have keep what was before (on a change) or take their default. It decides nothing about
storing or mailing, and knows neither the clock nor the directory: both come in as values.
"""

from __future__ import annotations

from meetings.form.values import Busy, BusyQuestion, Calendars, Draft, Instance, Rules

__all__ = ["Busy", "BusyQuestion", "Calendars", "Draft", "Instance", "Rules"]
