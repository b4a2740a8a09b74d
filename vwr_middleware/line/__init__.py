"""The line of one room: its few numbers and the rule that moves them.

Pure: no I/O, no clock, no framework. Every function is given the store's time as `now`, in seconds
since the epoch, and changes a room's state (`Line` in parts.py) in place. The memory and SQLite
stores run this code. The Redis store runs the same steps in Lua (stores/lua), as functions of the
same names in files of the same names. Tests hold the two equal: change both together.

The steps: what a store does to a room, each function atomically
    visitor_steps.py     a visitor joins, knocks, claims or leaves
    places.py  where the place stands for which somebody comes
    resume_codes.py     a resume code moves a place to another device (devices.py: which device
                        holds it)
    session_steps.py     a session is confirmed, renewed or ended (bonds.py: which network may use
                         it)
    refresh.py   a worker hands in what it noticed (worker_reports.py, sightings.py), the rule is
                 evaluated, and the worker reads the room (snapshot.py)
    operator_steps.py   an operator calls people, changes settings or resets the room
    restore.py   an operator brings back a room that its store has lost

The rule: how far the serving counter goes
    calling.py      how many are called
    presence_horizon.py   up to which position the room must know who is present
    silence.py   why nobody is called right after a whole crowd fell silent
    space.py     whether there is space for a newcomer, and whether the line is full
    called.py    who of the called may still come, and who has not come
    capacity.py  how many may be inside, and how fast new ones may come in
    rates.py     what a room measures: how fast people leave, come, and fail to come

The door: what happens to those who are called
    held_slots.py      for whom a slot is held, and how long
    goes.py      who was told to come in and has not come
    late.py      who has missed a turn, and the time it is measured in

What all of these use: a room's state (parts.py, state.py, bits.py), constants.py and
session_ids.py. What a step is given: place.py, messages.py. How it begins: expiry.py, clock.py
and clock_in_doubt.py, and data_loss.py and store_came_back.py after a loss of data. What it
answers: turn.py, answers.py.
"""
