-- A room's numbers: read at the beginning of a step, written at its end.
--
-- All keys of a room are in one hash slot. KEY itself is a hash. One field has all scalars, packed
-- as doubles: exact, and one field instead of fifty. Each short log is a field of packed doubles,
-- so that a step reads only the logs that it needs, and a snapshot passes them on as they are. A
-- newer release appends its scalars; an older one keeps those that it does not know.

-- All functions are fields of one table, and a step's script has only those that it uses. Each call
-- of a script makes its functions again: to make a hundred local ones that refer to each other
-- would take longer than the step.
local line = {}

local KEY = KEYS[1]
local BITMAPS = {}
for kind = 0, 6 do BITMAPS[kind] = KEY .. ':bits' .. kind end
local SESSIONS, UNCONFIRMED = KEY .. ':sessions', KEY .. ':first'
local DOOR, DOOR_END, DOOR_LATER = KEY .. ':door', KEY .. ':door-end', KEY .. ':door-later'
local ENDED, HISTORY, AUDIT = KEY .. ':ended', KEY .. ':history', KEY .. ':audit'
local MOVED, CODES, CODES_END = KEY .. ':moved', KEY .. ':codes', KEY .. ':codes-end'
local IDENTITIES = KEY .. ':identities'
-- Each of the COMPANIONS holds something as soon as the room is made (a bit, a member, a row that
-- stands for nobody). So if one is missing it was evicted or deleted, and the whole room is lost.
-- Other keys may be missing without a loss: codes, identities, and the three below, which are made
-- when a session is shared, when one has ended and when one is bound to a network.
local SHARERS, ENDED_HOW, BOUND = KEY .. ':sharers', KEY .. ':ended-how', KEY .. ':bound'
local COMPANIONS = {
  BITMAPS[0], BITMAPS[1], BITMAPS[2], BITMAPS[3], BITMAPS[4], BITMAPS[5], BITMAPS[6],
  SESSIONS, UNCONFIRMED, DOOR, DOOR_END, DOOR_LATER, ENDED, HISTORY, AUDIT, MOVED,
}

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

function line.lay_rules()
  rules = {}
  for _, layer in ipairs({ 'config', 'overrides' }) do
    for name, text in pairs(cjson.decode(fields[layer])) do
      local value = cjson.decode(text)
      if value == cjson.null then value = nil end
      rules[name] = value
    end
  end
  fields.rules = cmsgpack.pack(rules)
end
