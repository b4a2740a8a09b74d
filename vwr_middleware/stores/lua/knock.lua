-- ARGV: now, what was seen (6), the place (3), seconds until it asks again, 1 if the page is hidden,
-- marks of its network.

local refusal, now, events = line.begin_asked()
if refusal then return refusal end
local place, marks = line.place_asked(), line.marks_asked(13)
local position, verdict = place.position, line.standing_here(place, marks, now)
if verdict ~= 'next' then
  return line.answer(verdict, position, now, events, place.generation)
end
line.note_first_knock(position, now)
local ahead = line.needed_before(position, now)
if ahead < line.available() then
  line.hold_for_claim(position, now)
  return line.answer('go', position, now, events)
end
line.put_at_door(position, tonumber(ARGV[11]), ARGV[12] == '1', now)
return line.answer('next', position, now, events, nil, ahead)
