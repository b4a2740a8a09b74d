-- ARGV: now, what was seen (6), the place (3), seconds until it asks again, marks of its network.

local refusal, now, events = line.begin_asked()
if refusal then return refusal end
local place, marks = line.place_asked(), line.marks_asked(12)
local position, verdict = place.position, line.standing_here(place, marks, now)
if verdict ~= 'next' then
  return line.answer(verdict, position, now, events, place.generation)
end
line.note_first_knock(position, now)
local ahead = line.needed_before(position, now)
if ahead < line.available() then
  local session = line.session_id(place.generation, position)
  line.open_session(position, now)
  line.bind(session, marks)
  events[#events + 1] = 'claimed ' .. session
  return line.answer('entered', position, now, events)
end
line.put_at_door(position, tonumber(ARGV[11]), false, now, true)
return line.answer('next', position, now, events, nil, ahead)
