-- How often something that is good once was used: stores/board.py.
-- ARGV: now, what, who asks.

local before, first = line.uses(ARGV[2], line.time())
if ARGV[3] ~= '' and ARGV[3] == first then before = 0 end
return { 'ok', before }
