-- A room's numbers: read at the beginning of a step, written at its end.
--
-- A script is given its keys, by the names of ../redis/script_keys.py. KEY itself is a hash. One
-- field has all scalars, packed as doubles: exact, and one field instead of fifty. Each short log is
-- a field of packed doubles, so that a step reads only the logs that it needs, and a snapshot passes
-- them on as they are. A newer release appends its scalars; an older one keeps those that it does
-- not know.

-- All functions are fields of one table, and a step's script has only those that it uses. Each call
-- of a script makes its functions again: to make a hundred local ones that refer to each other
-- would take longer than the step.
local line = {}

-- Packed in this order. A later release adds to the end and takes none out, since workers of both
-- releases share a room during a deploy.
local SCALARS = {
  'last', 'born', 'generation', 'queue', 'serving', 'horizon', 'credit', 'spent_called',
  'seen_called', 'inlet_limit', 'inlet_per_second', 'inlet_burst', 'inlet_serving', 'inlet_calls',
  'tokens', 'tokens_at', 'rates_at', 'left_sum', 'active_sum', 'ghost_missing', 'ghost_called',
  'walk_ins', 'flow', 'flow_short', 'latency', 'share', 'first_claim', 'window', 'starved_at',
  'starved', 'horizon_at', 'limit_changed', 'history_at', 'ended_last', 'tokens_until',
  'rebuilt_until', 'rebuilt_active', 'marks_at', 'marks_next', 'adaptive_version', 'kept_at',
  'claimed', 'completed', 'abandoned', 'revoked', 'expired', 'lapsed', 'left', 'no_shows',
  'moved_last', 'ahead', 'still', 'fell_back', 'changes', 'from0', 'from1', 'from2',
  'listens_until', 'gap_from', 'gap_until', 'gap_lost', 'away_from', 'away_until', 'outage_until',
  'judged', 'unheard_from', 'unheard_to', 'unheard_until',
  'run', 'numbers_from', 'slots_from', 'leapt', 'leapt_at', 'clocks_apart',
  'skipped_from', 'skipped_to', 'doubted_at', 'doubted_ahead',
  'subscribers', 'quiet_from', 'quiet_until',
  'estimates_off',
  'shadow_at', 'shadow_inside', 'shadow_line', 'shadow_tokens', 'would_wait',
  'stock', 'stock_at', 'stock_counted', 'stock_asked', 'stock_noted', 'stock_fell',
  'stock_bought', 'stock_gone', 'stock_problem', 'stock_failed',
  'empty_handed', 'measured_in', 'completed_before', 'ended_before',
  'followed_to',
  'draw', 'drawn', 'drawn_at', 'gathers_until', 'opening_changed', 'gathered', 'gathers_most',
  'shadow_late', 'shadow_ended', 'shadow_stayed', 'shadow_waited',
}
local DOUBLES = '<' .. string.rep('d', #SCALARS)
local NONE = 0 / 0 -- not a number: this is how nil is packed

local numbers, rules, room_id = {}, {}, nil
local kept = {} -- fields of the hash as they were read
local fields = setmetatable({}, { -- those fields, read when first asked for
  __index = function(self, name)
    local value = redis.call('HGET', KEY, name) or ''
    rawset(self, name, value)
    kept[name] = value
    return value
  end,
})

function line.load()
  local head = redis.call('HMGET', KEY, 'room_id', 'numbers', 'rules')
  room_id = head[1]
  if not (head[1] and head[2] and head[3]) then return false end
  if redis.call('EXISTS', unpack(COMPANIONS)) < #COMPANIONS then return false end
  rawset(fields, 'numbers', head[2])
  local blob = head[2] .. string.rep('\0', #SCALARS * 8 - #head[2])
  local values = { struct.unpack(DOUBLES, blob) }
  for i, name in ipairs(SCALARS) do
    local value = values[i]
    if value == value then numbers[name] = value end
  end
  rules = cmsgpack.unpack(head[3])
  return true
end

function line.save()
  line.write_lanes()
  local values = {}
  for i, name in ipairs(SCALARS) do values[i] = numbers[name] or NONE end
  local beyond = string.sub(rawget(fields, 'numbers') or '', #SCALARS * 8 + 1)
  local changed = { 'HSET', KEY, 'numbers', struct.pack(DOUBLES, unpack(values)) .. beyond }
  for name, value in pairs(fields) do
    if name ~= 'numbers' and value ~= kept[name] then
      changed[#changed + 1] = name
      changed[#changed + 1] = value
    end
  end
  redis.call(unpack(changed))
end

function line.last_near()
  return math.min(numbers.queue, math.max(numbers.horizon, numbers.serving + NEAR_COUNT))
end

function line.note_change(now)
  numbers.changes = math.max(numbers.changes + 1, math.floor(now))
end

-- Events are texts: 'name subject'.
function line.tell_later(events)
  if #events == 0 then return end
  local untold = {}
  for event in string.gmatch(fields.untold, '%S+ %S+') do untold[#untold + 1] = event end
  for _, event in ipairs(events) do untold[#untold + 1] = event end
  fields.untold = table.concat(untold, ' ', math.max(1, #untold - UNTOLD_MOST + 1))
end

-- Packed logs: rows of so many doubles.

function line.row_count(blob, width) return #blob / (8 * width) end

function line.cell(blob, width, row, column)
  return (struct.unpack('<d', blob, ((row - 1) * width + column - 1) * 8 + 1))
end

function line.pack_row(row) return struct.pack('<' .. string.rep('d', #row), unpack(row)) end

function line.unpack_rows(blob, width)
  local format, rows = '<' .. string.rep('d', width), {}
  for i = 1, line.row_count(blob, width) do
    rows[i] = { struct.unpack(format, blob, (i - 1) * width * 8 + 1) }
    rows[i][width + 1] = nil -- where the next would begin
  end
  return rows
end

function line.pack_rows(rows)
  local packed = {}
  for i, row in ipairs(rows) do packed[i] = line.pack_row(row) end
  return table.concat(packed)
end

function line.keep(name, row, step, span)
  local blob, width, now = fields[name], #row, row[1]
  local last = line.row_count(blob, width)
  if last > 0 and now - line.cell(blob, width, last, 1) < step then return end
  blob = blob .. line.pack_row(row)
  local first, size = 1, line.row_count(blob, width)
  while first < size and line.cell(blob, width, first + 1, 1) <= now - span do first = first + 1 end
  fields[name] = string.sub(blob, (first - 1) * width * 8 + 1)
end

function line.rows_after(name, width, moment)
  local young = {}
  for _, row in ipairs(line.unpack_rows(fields[name], width)) do
    if row[1] > moment then young[#young + 1] = row end
  end
  return young
end

function line.log_value(name, at)
  local blob = fields[name]
  for i = line.row_count(blob, 2), 1, -1 do
    if line.cell(blob, 2, i, 1) <= at then return line.cell(blob, 2, i, 2) end
  end
  return 0
end

-- Settings, as a text of JSON: each name with its value as JSON again, which no step but this
-- one reads (Lua's JSON would round numbers and take an empty list for an object).

-- No step reads what people read, so that is not among its rules.
function line.is_said(name)
  return name == 'message' or name == 'announcement' or name == 'title' or name == 'openings'
    or string.sub(name, 1, 9) == 'prepared:' or string.sub(name, 1, 8) == 'invited:'
    or line.is_planned(name)
end

-- What a room consists of besides its numbers: line/state.py. Each key is kept in being by a member
-- or row that stands for nobody: '' with a score that no query reaches.


function line.sessions_get(session)
  local ends = redis.call('ZSCORE', SESSIONS, session)
  if not ends then return nil end
  return tonumber(ends), redis.call('SISMEMBER', UNCONFIRMED, session) == 1
end

function line.sessions_put(session, ends, unconfirmed)
  redis.call('ZADD', SESSIONS, string.format('%.17g', ends), session)
  redis.call(unconfirmed and 'SADD' or 'SREM', UNCONFIRMED, session)
end

function line.sessions_bind(session, mark)
  redis.call('HSET', BOUND, session, mark)
  redis.call('EXPIRE', BOUND, IDLE)
end

function line.sessions_bound_to(session) return redis.call('HGET', BOUND, session) or nil end

function line.sessions_remove(session)
  redis.call('HDEL', BOUND, session)
  redis.call('SREM', UNCONFIRMED, session)
  return redis.call('ZREM', SESSIONS, session) == 1
end

-- Remove those whose moment has come; returns each as {session, unconfirmed}.
function line.sessions_expire(now)
  local gone = {}
  local over = string.format('%.17g', now)
  for i, session in ipairs(redis.call('ZRANGEBYSCORE', SESSIONS, '-inf', over)) do
    gone[i] = { session, redis.call('SREM', UNCONFIRMED, session) == 1 }
    redis.call('HDEL', BOUND, session)
  end
  if #gone > 0 then redis.call('ZREMRANGEBYSCORE', SESSIONS, '-inf', over) end
  return gone
end

function line.sessions_count() return redis.call('ZCARD', SESSIONS) - 1 end

function line.sessions_count_unconfirmed() return redis.call('SCARD', UNCONFIRMED) - 1 end

function line.sessions_ending_by(moment)
  return redis.call('ZCOUNT', SESSIONS, '-inf', string.format('%.17g', moment))
end

function line.empty_sessions()
  redis.call('UNLINK', SESSIONS, UNCONFIRMED, BOUND)
  redis.call('ZADD', SESSIONS, '+inf', '')
  redis.call('SADD', UNCONFIRMED, '')
  redis.call('EXPIRE', SESSIONS, IDLE)
  redis.call('EXPIRE', UNCONFIRMED, IDLE)
end

function line.sessions_clear()
  local gone = redis.call('ZRANGE', SESSIONS, 0, -2)
  line.empty_sessions()
  return gone
end

-- The door, three times: by position, by the end of the hold, and those held only from later on.

function line.door_remove(position)
  if redis.call('ZREM', DOOR, position) == 0 then return end
  redis.call('ZREM', DOOR_END, position)
  redis.call('ZREM', DOOR_LATER, position)
end

function line.door_prune(now, most)
  if redis.call('ZCARD', DOOR) == 1 then return end
  local over = redis.call('ZRANGEBYSCORE', DOOR_END, '-inf', string.format('%.17g', now))
  for _, position in ipairs(over) do line.door_remove(position) end
  if line.door_count() <= most or line.door_coming(now) <= most then return end
  local last = line.door_nth(most, now)
  local behind = redis.call('ZRANGEBYSCORE', DOOR, '(' .. last, '(+inf')
  for _, position in ipairs(behind) do line.door_remove(position) end
end

function line.door_has(position) return redis.call('ZSCORE', DOOR, position) ~= false end

function line.door_put(position, since, ends, later)
  redis.call('ZADD', DOOR, position, position)
  redis.call('ZADD', DOOR_END, string.format('%.17g', ends), position)
  if later then
    redis.call('ZADD', DOOR_LATER, string.format('%.17g', since), position)
  else
    redis.call('ZREM', DOOR_LATER, position)
  end
end

function line.door_later(now)
  if redis.call('ZCARD', DOOR_LATER) == 1 then return {} end
  return redis.call('ZRANGEBYSCORE', DOOR_LATER, '(' .. string.format('%.17g', now), '+inf')
end

function line.door_ahead(position, now)
  local early = 0
  for _, other in ipairs(line.door_later(now)) do
    if tonumber(other) < position then early = early + 1 end
  end
  return redis.call('ZCOUNT', DOOR, '-inf', '(' .. position) - early
end

function line.door_count() return redis.call('ZCARD', DOOR) - 1 end

function line.door_coming(by) return line.door_count() - #line.door_later(by) end

function line.door_nth(n, now)
  local later = {}
  for _, position in ipairs(line.door_later(now)) do later[position] = true end
  if not next(later) then
    local found = n <= line.door_count() and redis.call('ZRANGE', DOOR, n - 1, n - 1)[1]
    return tonumber(found or 0)
  end
  for _, position in ipairs(redis.call('ZRANGE', DOOR, 0, -2)) do
    if not later[position] then
      n = n - 1
      if n == 0 then return tonumber(position) end
    end
  end
  return 0
end

-- At most `most` marks of the door, evenly spaced, as packed doubles.
function line.door_marks(most)
  local size, marks = line.door_count(), {}
  local step = math.max(1, math.ceil(size / most))
  if step == 1 then
    for i, position in ipairs(redis.call('ZRANGE', DOOR, 0, -2)) do
      marks[i] = struct.pack('<d', tonumber(position))
    end
    return table.concat(marks)
  end
  for i = 0, size - 1, step do
    marks[#marks + 1] = struct.pack('<d', tonumber(redis.call('ZRANGE', DOOR, i, i)[1]))
  end
  return table.concat(marks)
end

function line.door_clear()
  redis.call('UNLINK', DOOR, DOOR_END, DOOR_LATER)
  redis.call('ZADD', DOOR, '+inf', '')
  redis.call('ZADD', DOOR_END, '+inf', '')
  redis.call('ZADD', DOOR_LATER, '-inf', '')
  for _, key in ipairs({ DOOR, DOOR_END, DOOR_LATER }) do redis.call('EXPIRE', key, IDLE) end
end

-- The numbered list of sessions that ended early.

function line.ended_has(session) return redis.call('ZSCORE', ENDED, session) ~= false end

function line.ended_after(number, most)
  return redis.call('ZRANGEBYSCORE', ENDED, '(' .. number, '+inf', 'LIMIT', 0, most)
end

-- How sessions ended, for the numbers of the list in (after, to].
function line.how_ended(after, to)
  return redis.call('ZRANGEBYSCORE', ENDED_HOW, '(' .. after, to)
end

function line.ended_number(session) return tonumber(redis.call('ZSCORE', ENDED, session)) end

function line.ended_drop(number)
  redis.call('ZREMRANGEBYSCORE', ENDED, '(-inf', number)
  redis.call('ZREMRANGEBYSCORE', ENDED_HOW, '-inf', number)
end

-- Bounded rows for operators, the oldest first. The very first only keeps the key in being.

function line.add_row(key, row, most)
  if redis.call('RPUSH', key, row) > most + 1 then redis.call('LPOP', key) end
end

function line.add_history(row, most) line.add_row(HISTORY, line.pack_row(row), most) end

-- `old` and `new` are texts of JSON.
function line.add_audit(now, who, what, old, new)
  local row = string.format('[%.17g,%s,%s,', now, cjson.encode(who), cjson.encode(what))
  line.add_row(AUDIT, row .. old .. ',' .. new .. ']', AUDIT_ROWS)
end

function line.new_generation(generation, is_drawn)
  line.erase_all()
  line.door_clear()
  if not is_drawn then
    line.moved_clear()
    redis.call('UNLINK', SUBSCRIPTIONS, SUBSCRIBED)
    numbers.subscribers = 0
  end
  numbers.generation = generation
  numbers.draw, numbers.drawn, fields.draw_told, fields.draw_lanes = NO_DRAW, 0, '', ''
  numbers.drawn_at, numbers.gathers_until, numbers.gathers_most, numbers.gathered = 0, 0, 0, 0
  numbers.queue, numbers.serving, numbers.horizon, numbers.skipped_to = 0, 0, 0, 0
  numbers.credit, numbers.spent_called, numbers.seen_called, numbers.judged = 0, 0, 0, 0
  fields.goes, fields.turn_log = '', ''
  for _, name in ipairs({ 'cohorts', 'queue_log', 'serving_log', 'horizon_log', 'flow_log', 'wait_log' }) do
    fields[name] = ''
  end
  numbers.first_claim, numbers.listens_until, numbers.unheard_until = 0, 0, 0
  fields.told_ranges, numbers.starved = '', 0
  line.begin_lanes()
end
