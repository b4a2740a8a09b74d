-- ARGV: now, what was seen (6), the place (3).

local refusal, now, events = line.begin_asked()
if refusal then return refusal end
line.tell_later(events)
local place = line.place_asked()
local position, verdict = place.position, line.standing(place, now)
if verdict ~= 'waiting' and verdict ~= 'next' and verdict ~= 'missed' then
  return line.done({ 'ok', verdict })
end
line.tell_later({ 'left ' .. line.session_id(place.generation, position) })
line.forget(position)
line.spend(position)
if position <= numbers.serving then numbers.spent_called = numbers.spent_called + 1 end
line.take_from_door(position)
if line.forget_subscription(position) then line.expect_no_more(position) end
line.give_to(position, GIVEN_UP)
numbers.left = numbers.left + 1
line.note_leave(position, now)
return line.done({ 'ok', 'left' })
