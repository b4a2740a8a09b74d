-- The day's log: line/day_log.py says what is in it, and how it is packed.

-- Where it stands is a list of numbers, as there; places count from 1 here.
local DAY_TICK, DAY_GENERATION, DAY_QUEUE, DAY_SERVING, DAY_IN, DAY_OUT = 1, 2, 3, 4, 5, 6
local DAY_RULES, DAY_NEXT = 7, 11
local KNOCKED = 12
local ENDED_KINDS = { completed = 6, abandoned = 7, revoked = 8, expired = 9, lapsed = 10 }

function line.note_moves(now)
  if rules.day_log then line.write_day(now, {}) end
end

function line.note_place(position, now)
  if rules.day_log then line.write_day(now, { { 13, numbers.generation, position } }) end
end

function line.note_entry(position, now)
  if rules.day_log then line.write_day(now, { { 4, numbers.generation, position } }) end
end

function line.note_knock(position, now)
  if rules.day_log then line.write_day(now, { { KNOCKED, numbers.generation, position } }) end
end

function line.note_leave(position, now)
  if rules.day_log then line.write_day(now, { { 5, numbers.generation, position } }) end
end

-- `ended` are events, each a text: 'how session'.
function line.note_ends(ended, now)
  if not rules.day_log then return end
  local rows = {}
  for i, event in ipairs(ended) do
    local how, session = string.match(event, '^(%S+) (%S+)$')
    rows[i] = { ENDED_KINDS[how], line.place_of(session) }
  end
  line.write_day(now, rows)
end

function line.write_day(now, rows)
  local state = fields.day_state ~= '' and line.unpacked(fields.day_state) or {}
  local writing = { state = state, out = { fields.day_log }, size = #fields.day_log }
  writing.tick = math.floor(now * TICKS)
  local inside = line.sessions_count()
  for _, row in ipairs(rows) do
    inside = inside + (row[1] == 4 and -1 or line.is_day_end(row[1]) and 1 or 0)
  end
  line.day_moves(writing, inside)
  for _, row in ipairs(rows) do line.day_place(writing, row[1], row[2], row[3]) end
  if writing.size >= DAY_CHUNK then
    line.close_day(writing, now)
    line.day_head(writing, line.sessions_count())
  end
  fields.day_log = table.concat(writing.out)
  fields.day_state = line.pack_row(writing.state)
end

-- Whether a session ended, of this generation.
function line.is_day_end(kind) return kind >= 6 and kind < 11 end

function line.day_moves(writing, inside)
  local state = writing.state
  local is_new = writing.size == 0 or state[DAY_GENERATION] ~= numbers.generation
  if is_new or numbers.queue < state[DAY_QUEUE] or numbers.serving < state[DAY_SERVING] then
    return line.day_head(writing, inside)
  end
  local held, are_same = line.day_rules(), true
  for at = 1, 4 do are_same = are_same and held[at] == state[DAY_RULES + at - 1] end
  if not are_same then
    line.day_event(writing, 1, unpack(held))
    for at = 1, 4 do state[DAY_RULES + at - 1] = held[at] end
  end
  if fields.layout == '' and numbers.queue > state[DAY_QUEUE] then
    line.day_event(writing, 2, numbers.queue - state[DAY_QUEUE])
    state[DAY_QUEUE] = numbers.queue
  end
  if numbers.serving > state[DAY_SERVING] then
    line.day_event(writing, 3, numbers.serving - state[DAY_SERVING])
  end
  state[DAY_SERVING] = numbers.serving
end

function line.day_head(writing, inside)
  local held, after = line.day_rules(), { unpack(writing.state, DAY_NEXT) }
  local begins = writing.state[DAY_GENERATION] ~= numbers.generation
  writing.tick = math.max(writing.tick, writing.state[DAY_TICK] or 0) -- a clock may have gone back
  local state = { writing.tick, numbers.generation, numbers.queue, numbers.serving }
  state[DAY_IN], state[DAY_OUT] = numbers.serving, numbers.serving
  for _, value in ipairs(held) do state[#state + 1] = value end
  if #after == 0 then after = { 1 } end
  for _, value in ipairs(after) do state[#state + 1] = value end
  writing.state = state
  local told = { 0, after[1], writing.tick, numbers.generation, numbers.queue, numbers.serving, inside }
  for _, value in ipairs(told) do line.day_bytes(writing, value) end
  line.day_event(writing, 1, unpack(held))
  if fields.layout ~= '' then line.day_event(writing, 14) end
  if begins and line.is_drawn() and fields.draw_lanes ~= '' then line.day_drawn(writing) end
end

-- Where those stand who were drawn in each lane, as a bit for each of a hundred positions.
function line.day_drawn(writing)
  local drawn = line.drawn_lanes()
  local counts, stretch = line.counts_of_drawn(drawn), line.stretches(drawn.layout)[1]
  local names = {}
  for lane, digit in pairs(stretch.digits) do names[tonumber(digit) + 1] = lane end
  for _, lane in ipairs(names) do
    local count = counts[lane] or 0
    if count > 0 then
      local told, digit = { line.nth_of_lane(drawn.layout, lane, count) }, stretch.digits[lane]
      for begin = 0, STRIDE - 25, 25 do
        local bits = 0
        for at = 1, 25 do
          local is_own = string.sub(stretch.pattern, begin + at, begin + at) == digit
          if is_own then bits = bits + 2 ^ (at - 1) end
        end
        told[#told + 1] = bits
      end
      line.day_event(writing, 15, unpack(told))
    end
  end
end

function line.day_place(writing, kind, generation, position)
  local state = writing.state
  if generation ~= state[DAY_GENERATION] then
    if line.is_day_end(kind) then line.day_event(writing, 11, kind - 6, generation, position) end
    return
  end
  if kind == KNOCKED then
    return line.day_event(writing, KNOCKED, math.max(0, state[DAY_SERVING] - position))
  end
  local at = kind == 13 and DAY_QUEUE or line.is_day_end(kind) and DAY_OUT or DAY_IN
  local away = position - state[at] - 1
  line.day_event(writing, kind, away >= 0 and 2 * away or -2 * away - 1)
  state[at] = kind == 13 and math.max(position, state[at]) or position
end

function line.day_event(writing, kind, ...)
  local passed = math.max(0, writing.tick - writing.state[DAY_TICK])
  writing.state[DAY_TICK] = writing.state[DAY_TICK] + passed
  line.day_bytes(writing, passed * 16 + kind)
  for _, value in ipairs({ ... }) do line.day_bytes(writing, value) end
end

function line.day_bytes(writing, value)
  local bytes = line.varint(value)
  writing.out[#writing.out + 1] = bytes
  writing.size = writing.size + #bytes
end

function line.day_rules()
  local mode, per_second = 0, moment.per_second
  for at, name in ipairs(MODES) do
    if name == moment.mode then mode = at end
  end
  if not per_second then return { moment.limit, mode, 0, 0 } end
  local pace = 1 + math.floor(per_second * 6000 + 0.5)
  return { moment.limit, mode, pace, math.floor(moment.burst + 0.5) }
end

-- Chunks are fields of the hash of the minutes. Below the oldest one that stays there is no gap.
function line.close_day(writing, now)
  local state = writing.state
  local number, hours = state[DAY_NEXT], { unpack(state, DAY_NEXT + 1) }
  if #hours == 0 or now - hours[#hours - 1] >= DAY_MARK then
    hours[#hours + 1] = math.floor(now)
    hours[#hours + 1] = number
  end
  while #hours > 2 and hours[3] <= now - DAY_KEPT do
    table.remove(hours, 1)
    table.remove(hours, 1)
  end
  local most = math.max(1, math.floor(rules.day_log * DAY_VISITOR / DAY_CHUNK))
  redis.call('HSET', MINUTES, DAY_SPAN .. ':' .. number, table.concat(writing.out))
  redis.call('EXPIRE', MINUTES, IDLE)
  local old = math.max(number - most, hours[2]) - 1
  while redis.call('HDEL', MINUTES, DAY_SPAN .. ':' .. old) == 1 do old = old - 1 end
  writing.out, writing.size = {}, 0
  writing.state = { unpack(state, 1, DAY_NEXT - 1) }
  writing.state[DAY_NEXT] = number + 1
  for _, value in ipairs(hours) do writing.state[#writing.state + 1] = value end
end
