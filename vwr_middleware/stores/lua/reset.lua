-- ARGV: now, 1 if the sessions end too, who.

local refusal = line.refuse()
if refusal then return refusal end
local now, events = line.begin(line.time(ARGV[1]))
line.tell_later(events)
local old = numbers.generation
line.new_generation(old + 1)
if ARGV[2] == '1' then
  local sessions, revoked = line.sessions_clear(), {}
  line.list_all_ended(sessions, 'revoked')
  for i, session in ipairs(sessions) do revoked[i] = 'revoked ' .. session end
  numbers.revoked = numbers.revoked + #revoked
  line.tell_later(revoked)
  numbers.rebuilt_active = 0
end
line.add_audit(now, ARGV[3], 'reset', old, numbers.generation)
return line.done({ 'ok', numbers.generation })
