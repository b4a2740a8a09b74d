-- ARGV: now, 1 if the sessions end too, who.

local refusal = line.refuse()
if refusal then return refusal end
local now, events = line.begin(line.time(ARGV[1]))
line.tell_later(events)
local old = numbers.generation
line.new_generation(old + 1)
if ARGV[2] == '1' then
  for _, session in ipairs(line.sessions_clear()) do
    line.list_ended(session, 'revoked')
    numbers.revoked = numbers.revoked + 1
    line.tell_later({ 'revoked ' .. session })
  end
  numbers.rebuilt_active = 0
end
line.add_audit(now, ARGV[3], 'reset', old, numbers.generation)
return line.done({ 'ok', numbers.generation })
