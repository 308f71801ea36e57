"""The secretary's form: read, checked, drafted into one edition of a meeting. Pure: no clock, no directory, no rows.

    reading       a TOML table or flags -> typed values and every problem, each with its key
    times         Vietnamese and ISO times, weekdays compared with dates, durations
    participants  the people of the form (already looked up) put together, best role first
    drafting      values + what was before + people -> `Draft`, or every problem
    clashes       what to ask the calendars, and who cannot come

The caller looks people up (`meetings.people`), asks the store for busy intervals, and shows all problems at once.
"""
