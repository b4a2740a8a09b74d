-- Whether a sign-in to the panel was ended, alone or with all others: stores/board.py.
-- ARGV: now, sign-in, when it began, the key of all.

local all = redis.call('ZSCORE', KEY, ARGV[4])
local is_over = redis.call('ZSCORE', KEY, ARGV[2]) or (all and tonumber(ARGV[3]) <= tonumber(all))
return { 'ok', is_over and 1 or 0 }
