"""The line of one room: its few numbers and the rule that moves them.

Pure: no I/O, no clock, no framework. Every function gets the store's time as `now`, in seconds
since the epoch, and changes the state that it is given in one step. The memory store and the SQLite
store run this code. The Redis store runs the same steps in Lua, and tests hold them equal.
"""
