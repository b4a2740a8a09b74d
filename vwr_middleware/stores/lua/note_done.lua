-- ARGV: now, what, from, to, who.

local refusal = line.refuse()
if refusal then return refusal end
local now = line.begin_by_hand()
line.add_audit(now, ARGV[5], ARGV[2], cjson.encode(ARGV[3]), cjson.encode(ARGV[4]))
return line.done({ 'ok', 1 })
