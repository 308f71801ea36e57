"""The weekly work schedule (lịch công tác tuần): its rows, who may read what of them, what changed, how it is shown.

    iso_week    which week, its days, how people name it
    table       values: a row of the schedule, a day, the whole week, an edition
    rows        meetings become rows
    naming      how leaders and participants are called
    cuts        who may read what of a row
    changes     what differs between two editions, and whom it concerns
    days        rows by day, with holidays
    calendar    the week as iCalendar (METHOD:PUBLISH)
    page        the week as HTML and as text
    as_json     a row as it is stored, and as scripts read it

Everything here is pure: it takes values and gives values. Editions are stored by `meetings.store.week` and issued by
`meetings.desk.week`.
"""
