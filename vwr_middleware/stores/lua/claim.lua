-- ARGV: now, what was seen (6), the place (3), seconds until it asks again, marks of its network.

local seen = line.seen_asked()
local refusal = line.refuse(seen)
if refusal then return refusal end
local now, events = line.begin_by_worker(seen, line.time())
local generation, position, device = line.place_asked()
local session = line.session_id(generation, position)
local verdict = line.standing_here(generation, position, now, device, 12)
if verdict ~= 'next' then
  return line.answer(verdict, position, now, events, generation)
end
line.note_first_knock(position, now)
local ahead = line.door_ahead(position, now)
if ahead < line.available(now) then
  line.open_session(position, now)
  line.bind(session, 12)
  events[#events + 1] = 'claimed ' .. session
  return line.answer('entered', position, now, events)
end
line.put_at_door(position, tonumber(ARGV[11]), false, now, true)
return line.answer('next', position, now, events, nil, ahead)
