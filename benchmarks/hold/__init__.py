"""How many people a waiting room holds: a crowd of as many as a core can play, and one server.

__main__.py     the command, and one run of it
crowd.py        what everybody in the crowd does, and when
page.py         what the waiting page's script does with each answer
people.py       what is remembered of each person, and who asks when: bytes, not objects
connections.py  HTTP over kept connections, or a connection for each question
figures.py      what is measured, and how
stores.py       the stores that are tried, and what they have done
report.py       the table, and the file of figures
charts.py       the charts: one run over time, and how it grows from run to run

Who was let in before whom, and how many at a time, vwr_middleware/loadtest/door.py judges.
"""
