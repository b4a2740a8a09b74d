-- ARGV: now, 1 if the sessions end too, who.

local refusal = refuse()
if refusal then return refusal end
local now = begin(time(ARGV[1]))
local old = numbers.generation
new_generation(old + 1)
if ARGV[2] == '1' then
  for _, session in ipairs(sessions_clear()) do
    numbers.ended_last = numbers.ended_last + 1
    ended_add(session, numbers.ended_last)
    numbers.revoked = numbers.revoked + 1
  end
  numbers.rebuilt_active = 0
end
add_audit(now, ARGV[3], 'reset', old, numbers.generation)
return done({ 'ok', numbers.generation })
