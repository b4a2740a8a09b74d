-- How often something that is good once was used: stores/board.py.
-- ARGV: now, what.

return { 'ok', line.uses(ARGV[2], line.time()) }
