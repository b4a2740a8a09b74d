-- ARGV: now, serving, who.

local refusal = line.refuse()
if refusal then return refusal end
local now = line.begin_by_hand()
local before = numbers.serving
local to = math.min(numbers.queue, math.max(before, tonumber(ARGV[2])))
line.call_by_hand(to, now)
line.note_change(now)
line.add_audit(now, ARGV[3], 'serve', before, numbers.serving)
return line.done({ 'ok', numbers.serving })
