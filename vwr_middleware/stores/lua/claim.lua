-- ARGV: now, what was seen (4), generation, position, seconds told.

local seen = seen_from(2)
local refusal = refuse(seen)
if refusal then return refusal end
local now, events = enter(seen, time(ARGV[1]))
local generation, position = tonumber(ARGV[6]), tonumber(ARGV[7])
local verdict = standing(generation, position, now)
if verdict ~= 'next' then return turns(turn(verdict, position, now, generation), events) end
show_up(position, now)
local ahead = door_ahead(position, now)
if ahead < available(now) then
  open_session(position, now)
  return turns(turn('entered', position, now), events)
end
put_at_door(position, tonumber(ARGV[8]), false, now)
return turns(turn('next', position, now, nil, ahead), events)
