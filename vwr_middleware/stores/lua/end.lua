-- ARGV: now, what was seen (4), session, how it ended, the operator who ended it or nothing.

local seen = seen_from(2)
local refusal = refuse(seen)
if refusal then return refusal end
local now = enter(seen, time(ARGV[1]))
local session, how = ARGV[6], ARGV[7]
local was_running = sessions_remove(session)
if not was_running and not may_return(session, false, now) then return done({ 'ok', 0 }) end
if not was_running then take_back(session, now) end
numbers.ended_last = numbers.ended_last + 1
ended_add(session, numbers.ended_last)
numbers[how] = numbers[how] + 1
if how ~= 'revoked' then numbers.left_sum = numbers.left_sum + 1 end
if ARGV[8] ~= '' then
  add_audit(now, ARGV[8], 'revoke', cjson.encode(session), cjson.encode(how))
end
return done({ 'ok', 1 })
