-- ARGV: now, what was seen (4), the kinds of the joiners as one letter each.

local function anybody_waits(now)
  local fresh = fresh_after(now)
  local _, found = nth_counting(numbers.serving, numbers.queue, 1, numbers.window, fresh)
  return found > 0
end

local function may_call(position)
  if numbers.inlet_serving and position > numbers.inlet_serving then return false end
  return numbers.inlet_calls ~= 0 or numbers.credit > 0
end

local function serve_newcomer(position)
  call(position)
  numbers.credit = math.max(0, numbers.credit - 1)
end

local function join_one(kind, mode, at_once, now)
  local position = numbers.queue + 1
  if mode == 'closed' then return 'closed', 0 end
  local invited = at_once and may_call(position)
  if kind ~= 't' and invited and available(now) - expected(now) >= 1 then
    numbers.queue = position
    serve_newcomer(position)
    open_session(position, now)
    return 'entered', position
  end
  if kind == 'e' then return 'refused', 0 end
  local most = rules.max_waiting
  if position > POSITIONS_MOST or (most and position - numbers.serving > most) then
    return 'full', 0
  end
  numbers.queue = position
  if numbers.credit > 0 and numbers.serving == position - 1 and is_open(mode) then
    serve_newcomer(position)
    return 'next', position
  end
  return 'waiting', position
end

local seen = seen_from(2)
local refusal = refuse(seen)
if refusal then return refusal end
local now, events = enter(seen, time(ARGV[1]))
keep('queue_log', { now, numbers.queue }, QUEUE_LOG_STEP, QUEUE_LOG_SPAN)
local mode = mode_at(now)
local at_once = (mode == 'auto' or mode == 'off') and not anybody_waits(now)
local packed = {}
for kind in string.gmatch(ARGV[6], '.') do
  local verdict, position = join_one(kind, mode, at_once, now)
  if verdict == 'waiting' or verdict == 'full' then at_once = false end
  packed[#packed + 1] = turn(verdict, position, now)
end
return turns(table.concat(packed), events)
