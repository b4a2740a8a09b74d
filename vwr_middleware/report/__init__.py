"""What a sale was like, for the press and the boss: who came, how long people waited, what was
changed, what went wrong.

    facts.py    the report as plain numbers, which is also its JSON
    draws.py    the draws of a time, each with its proof
    marks.py    what happened at moments: operators' changes, outages, corrections of the clock
    moments.py  which time a report is about, and how its times are told
    chart.py    charts over time and of the waits, as SVG
    page.py     the report as a page that stands by itself, from report.html
    lanes.py    what it was like in each lane
    tables.py   the report as CSV
    replay.py   a day once more, with other settings, by its minutes
    day_log.py  the day's log, read: who came, went in and left, and when
    replay_visitors.py  a day once more, visitor by visitor
"""
