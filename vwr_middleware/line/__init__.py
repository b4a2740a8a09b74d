"""The line of one room: its few numbers and the rule that moves them.

Pure: no I/O, no clock, no framework. Every function takes the store's time as `now`, in seconds
since the epoch, and changes the state that it is handed in one step. The memory and the SQLite
store run this code as it stands; the Redis store runs the same steps as Lua, and a test holds the
two equal.
"""
