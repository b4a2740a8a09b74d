-- ARGV: now, what was seen (6), the place (3), seconds until it asks again, the place's marks.

function line.bind_place(session)
  if ARGV[12] then line.bind(session, ARGV[12]) end
end

function line.may_use_session(session)
  local bound_to = line.bound_to(session)
  if not bound_to then line.bind_place(session) end
  if not bound_to or not ARGV[12] then return true end
  for i = 12, #ARGV do
    if ARGV[i] == bound_to then return true end
  end
  return false
end

local seen = line.seen_from(2)
local refusal = line.refuse(seen)
if refusal then return refusal end
local now, events = line.enter(seen, line.time(ARGV[1]))
local generation, position, device = line.place_asked()
local session = line.session_id(generation, position)
local verdict = line.standing(generation, position, now, device)
if verdict == 'entered' and not line.may_use_session(session) then verdict = 'locked' end
if verdict ~= 'next' then
  return line.turns(line.turn(verdict, position, now, generation), events)
end
line.show_up(position, now)
local ahead = line.door_ahead(position, now)
if ahead < line.available(now) then
  line.open_session(position, now)
  line.bind_place(session)
  events[#events + 1] = 'claimed ' .. session
  return line.turns(line.turn('entered', position, now), events)
end
line.put_at_door(position, tonumber(ARGV[11]), false, now, true)
return line.turns(line.turn('next', position, now, nil, ahead), events)
