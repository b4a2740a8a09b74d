-- ARGV: now, 1 if the sessions end too, who.

local refusal = line.refuse()
if refusal then return refusal end
local now = line.begin_by_hand()
local old = numbers.generation
if numbers.draw == REGISTERING then line.forget_set_beacon() end
line.count_up()
line.new_generation(old + 1)
line.count_from()
if ARGV[2] == '1' then
  line.list_all_ended(line.put_all_out(now), 'revoked')
  numbers.rebuilt_active = 0
end
line.note_change(now)
line.add_audit(now, ARGV[3], 'reset', old, numbers.generation)
return line.done({ 'ok', numbers.generation })
