"""`vwr loadtest`: a crowd of made-up visitors at a site that has agreed to it, on Locust.

command.py      the command; it starts Locust with crowd.py
agreement.py    whether a host has agreed to be tested
plan.py         what is played: who comes, how many, when, and what they do
visitor.py      one visitor: comes, waits as the page or an app does, enters, stays, goes
browser.py      what a visitor's browser or program sends, and what it reads in the answers
crowd.py        the visitors as users of Locust, the shape of their arrivals, and who judges them
journal.py      what visitors have met, on its way from where they are to whoever judges
door.py         who was let in before whom, and how many at a time
judgement.py    whether it went well, in figures
report.py       the report, as HTML and as JSON
result_page.py  the page in which it stands, and the drill's
chart.py        its charts

Only crowd.py imports Locust, which changes how Python waits for the network.
"""

NEEDS = 'vwr loadtest needs Locust: pip install "vwr-middleware[loadtest]"'
