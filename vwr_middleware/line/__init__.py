"""The line of one room: its few numbers and the rule that moves them.

Pure: no I/O, no clock, no framework. Every function gets the store's time as `now`, in seconds
since the epoch, and changes the state that it is given in one step. The memory store and the SQLite
store run this code. The Redis store runs the same steps in Lua, and tests hold them equal.

What is done to a room, each function one atomic step:
    steps.py    a visitor joins, knocks, claims, leaves
    moves.py    a place goes to another device by a code
    stays.py    a session is confirmed, prolonged, ended
    operate.py  an operator calls, changes settings, resets; restore.py brings a lost room back
    refresh.py  a worker hands in what it has noticed, and reads the room: see snapshot.py

The rule that these steps keep:
    rule.py     how many are called; horizon.py, of how many it must be known whether they are there
    door.py     who of the called comes in; goes.py, how long one is waited for; late.py, until when
    capacity.py for how many there is space; rates.py, what is measured

What a room is: parts.py, numbers.py, bits.py. What a step is given, and answers: place.py, asks.py,
answers.py. How each step begins: begin.py; what is done where a store has lost data: losses.py.
"""
