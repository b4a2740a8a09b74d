-- ARGV: now, what was seen (4), session, 1 if the store could not be asked when the token ran out.

local seen = seen_from(2)
local refusal = refuse(seen)
if refusal then return refusal end
local now, events = enter(seen, time(ARGV[1]))
local session = ARGV[6]
local generation, position = position_of(session)
local ends, first = sessions_get(session)
if not ends and not may_return(session, ARGV[7] == '1', now) then
  return turns(turn('ended', position, now, generation), events)
end
if not ends then
  take_back(session, now)
elseif not first and not rules.renew then
  return turns(turn('entered', position, now, generation), events)
end
ends = now + rules.session_seconds + rules.session_grace
sessions_put(session, ends, false)
numbers.tokens_until = math.max(numbers.tokens_until, ends)
return turns(turn('entered', position, now, generation), events)
