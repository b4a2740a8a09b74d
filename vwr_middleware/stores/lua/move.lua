-- ARGV: now, what was seen (6), the attempt or nothing, the position that was drawn for it or 0, then
-- the hashes of one code.

local seen = line.seen_asked()
local refusal = line.refuse(seen)
if refusal then return refusal end
local now, code = line.time(), nil
local looked_at = line.time_at(now)
for i = 10, #ARGV do
  if not code and line.code_get(ARGV[i], looked_at) then code = ARGV[i] end
end

local function refused(at) return { 'ok', room_id, line.turn_of('unknown', 0, at), '', 0 } end

if not code then -- nothing is changed, so nothing is saved
  line.look_around(looked_at)
  return refused(looked_at)
end
local events
now, events = line.begin_by_worker(seen, now)
local kept, attempt = line.code_get(code, now), ARGV[8]
if not kept or (kept.device > 0 and (attempt == '' or kept.attempt ~= attempt)) then
  line.tell_later(events)
  return line.done(refused(now))
end
local row, device, drawn = kept.position, kept.device, tonumber(ARGV[9])
local position, number = math.abs(row), nil
if row < 0 and line.is_drawn() then
  if drawn == 0 then
    local turn = line.turn_of('drawn', position, now, numbers.generation - 1)
    return line.done({ 'ok', room_id, turn, table.concat(events, ' '), 0 })
  end
  position, number = drawn, position
end
if device == 0 then device = line.holder(position, number) end
local place = { generation = numbers.generation, position = position, device = device, number = number }
local verdict = line.standing(place, now)
if kept.device == 0 and (verdict == 'waiting' or verdict == 'next') then
  device = device + 1
  line.give_to(position, device)
  line.forget_subscription(position)
  line.code_put(code, row, kept.ends, device, attempt)
  events[#events + 1] = 'moved ' .. line.session_id(numbers.generation, position)
end
local turn = line.turn_of(verdict, position, now)
return line.done({ 'ok', room_id, turn, table.concat(events, ' '), device })
