"""`vwr drill`: a rehearsal on the real site before the day, in copies of its rooms.

command.py       the command
drilled_site.py  requests to the site, each with its pass, and what workers tell of themselves
finding.py       one line of the sheet: go, no-go or open, and what to do
reaching.py      checks: is the room reached where it should be, by whom, over https, at what time
line.py          checks: do several workers keep one line, also while one is restarted
caches.py        checks: are answers and cookies what they were when they left the room
operators.py     checks: store, panel, the room's own state, capacity, alarms
checks.py        all of them, in their order
report.py        the go / no-go sheet, in the terminal, as HTML and as JSON

On the side of the site, its copies of rooms answer (site.drill_rooms).
"""
