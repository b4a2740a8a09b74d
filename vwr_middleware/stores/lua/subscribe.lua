-- ARGV: now, what was seen (6), the place (3), what the subscription says or nothing.

local refusal, now, events = line.begin_asked()
if refusal then return refusal end
line.tell_later(events)
local place, text = line.place_asked(), ARGV[11]
local position, verdict = place.position, line.standing(place, now)
if verdict ~= 'waiting' and verdict ~= 'next' then return line.done({ 'ok', verdict }) end
if text == '' then
  line.forget_subscription(position)
elseif verdict == 'waiting' then
  local kept, has_one = numbers.subscribers, line.subscription_get(line.row_of(position)) ~= nil
  local may = kept < SUBSCRIBERS_MOST and line.get_bit(SEEN, position)
  if not (kept < SUBSCRIBERS_POLLED or has_one or may) then return line.done({ 'ok', 'refused' }) end
  line.keep_subscription(position, { due = 0, tries = 0, text = text })
end
return line.done({ 'ok', verdict })
