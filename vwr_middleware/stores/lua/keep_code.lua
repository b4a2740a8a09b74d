-- ARGV: now, what was seen (6), the place (3), the hash of a code.

local refusal, now, events = line.begin_asked()
if refusal then return refusal end
line.tell_later(events)
local place = line.place_asked()
local verdict = line.standing(place, now)
if verdict ~= 'waiting' and verdict ~= 'next' then return line.done({ 'ok', verdict }) end
if place.device >= DEVICES_MOST then return line.done({ 'ok', 'refused' }) end
line.codes_prune(now)
if not line.has_room_for_code(place.position) then return line.done({ 'ok', 'refused' }) end
line.code_put(ARGV[11], line.row_of(place.position), string.format('%.17g', now + CODE_LIFE), 0, '')
return line.done({ 'ok', verdict })
