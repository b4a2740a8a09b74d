-- ARGV: now, serving, who.

local refusal = refuse()
if refusal then return refusal end
local now = begin(time(ARGV[1]))
local before = numbers.serving
local to = math.min(numbers.queue, math.max(before, tonumber(ARGV[2])))
if to > before then call(to) end
add_audit(now, ARGV[3], 'serve', before, numbers.serving)
return done({ 'ok', numbers.serving })
