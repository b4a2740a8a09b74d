-- ARGV: now, what was seen (6), how many notices to take, the generation of the reports, numbers that
-- were drawn each with its position, then each report: a position, the seconds after which to try it again, what it is to say then or nothing. Decides as line/notices.py.

local refusal, now, events = line.begin_asked()
if refusal then return refusal end
line.tell_later(events)
local takes, generation = tonumber(ARGV[8]), tonumber(ARGV[9])

local function take_report(position, again_in, text)
  local kept = line.subscription_get(position)
  if not kept then return end
  if again_in > 0 then
    kept.due = now + again_in
    if text ~= '' then kept.text = text end
    line.subscription_put(position, kept)
  elseif line.forget_subscription(position) and again_in == GONE then
    line.expect_no_more(tonumber(position))
  end
end

if generation == numbers.generation then
  for number, position in string.gmatch(ARGV[10], '(%d+) (%d+)') do
    local kept = line.subscription_get(-tonumber(number))
    if kept then
      line.subscription_remove(-tonumber(number))
      numbers.subscribers = numbers.subscribers - 1
      line.keep_subscription(tonumber(position), kept)
    end
  end
  for i = 11, #ARGV, 3 do take_report(ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2]) end
end

local due = {}

local function lend(position, kept)
  if kept.due > now then return end
  local can_come = line.stands(numbers.generation, position, now) == 'next'
  if not can_come or kept.tries >= NOTICE_TRIES then
    line.forget_subscription(position)
    return line.expect_no_more(position)
  end
  kept.due, kept.tries = now + NOTICE_LEASE, kept.tries + 1
  line.subscription_put(position, kept)
  due[#due + 1] = position
  due[#due + 1] = kept.text
  due[#due + 1] = kept.tries
end

if numbers.subscribers > 0 and moment.capacity > 0 and not line.is_quiet(now) then
  local near = line.subscribed_after(numbers.serving, SUBSCRIBERS_NEAR)
  if #near > 0 then line.note(near, {}, numbers.window) end
  for _, text in ipairs(line.subscribed_after(0, SUBSCRIBERS_FRONT)) do
    local position = tonumber(text)
    if position > numbers.serving or #due >= 3 * takes then break end
    lend(position, line.subscription_get(position))
  end
end
local packed = line.pack_row({ now, numbers.generation, numbers.subscribers })
local unplaced = {}
if numbers.subscribers > 0 and line.is_drawn() then
  local drawn = line.drawn_lanes()
  local last = drawn and drawn.last or numbers.drawn
  for _, text in ipairs(line.subscribed_after(-last - 1, PLACED_AT_ONCE)) do
    local row = tonumber(text)
    if row < 0 then unplaced[#unplaced + 1] = string.format('%d', -row) end
  end
end
return line.done({ 'ok', packed, table.concat(unplaced, ' '), unpack(due) })
