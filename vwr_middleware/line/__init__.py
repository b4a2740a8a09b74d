"""The line of one room: its few numbers and the rule that moves them.

Pure: no I/O, no clock, no framework. Every function gets the store's time as `now`, in seconds
since the epoch, and changes the state that it is given in one step. The memory store and the SQLite
store run this code. The Redis store runs the same steps in Lua, by functions of the same names in
files of the same names (stores/lua), and tests hold them equal: whoever changes one changes both.

What is done to a room, each function one atomic step:
    steps.py    a visitor joins, knocks, claims, leaves
    moves.py    a place goes to another device by a code; devices.py, whose it is by then
    stays.py    a session is confirmed, prolonged, ended; bonds.py, who may use it
    operate.py  an operator calls, changes settings, resets; restore.py brings a lost room back
    refresh.py  a worker hands in what it has noticed (feedback.py, watch.py), and reads the room
                (snapshot.py)

The rule that these steps keep:
    rule.py     how many are called; horizon.py, of how many it must be known whether they are there
    door.py     who of the called comes in; goes.py, how long one is waited for; late.py, until when
    capacity.py for how many there is space; rates.py, what is measured; constants.py, by what
    silence.py  that nobody is called while it is not known who is still there

What a room is: parts.py, numbers.py, bits.py, session_ids.py. What a step is given: place.py,
asks.py. How it begins: begin.py, clock.py, losses.py where a store has lost data. What it answers:
answers.py, turn.py.
"""
