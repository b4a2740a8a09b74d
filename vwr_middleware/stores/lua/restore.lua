-- Bring a lost room back: line/operator_steps.py says why.
-- ARGV: now, the room that was lost, with how many are believed to be inside (6), who.

local refusal = line.refuse()
if refusal then return refusal end
local now = line.begin_by_hand()
local former, old = line.seen_asked(), room_id
if old == former.room_id then return line.done({ 'ok', 0 }) end

line.put_all_out(now)
redis.call('UNLINK', OUTCOMES)
line.ended_drop(numbers.ended_last)
line.number_above(0)
line.note_change(now)
line.count_up()
line.new_generation(former.generation)

local replaced = {}
for room in string.gmatch(fields.replaced .. ' ' .. old, '%S+') do
  if room ~= former.room_id then replaced[#replaced + 1] = room end
end
while #replaced > REPLACED_MOST do table.remove(replaced, 1) end
room_id, fields.room_id = former.room_id, former.room_id
fields.replaced = table.concat(replaced, ' ')
line.take_draw(former)
numbers.queue = math.max(former.queue, former.serving, former.drawn)
numbers.serving, numbers.horizon = former.serving, former.serving

line.lay_behind()
line.lay_drawn()
line.forget_who_came(now)
if numbers.queue > numbers.serving then line.forget_who_waits(math.huge) end
line.let_return(now)
numbers.rebuilt_active = former.active
line.count_from()
line.add_audit(now, ARGV[8], 'restore', cjson.encode(old), cjson.encode(room_id))
return line.done({ 'ok', 1 })
