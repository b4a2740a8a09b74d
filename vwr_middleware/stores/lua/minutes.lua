-- What each minute of a room brought: line/minutes.py says what, and how a row is packed.

-- A minute while it goes by, as line/minutes.py has it; places count from 1 here, and FIELDS_AT and
-- WAITS_AT are those before the first field and the first class of waits.

-- Of several minutes together the most of these counts.
local MINUTE_MOST = { waiting = true, inside = true, shadow_line = true, told_low = true, told_high = true }

-- Where fields are, by their names.
function line.minute_places()
  local places = {}
  for at, name in ipairs(MINUTE_FIELDS) do places[name] = FIELDS_AT + at end
  return places
end

-- The minute that goes by; false if there is none, or it is of another release.
function line.minute_so_far()
  return #fields.minute == 8 * MINUTE_WIDTH and line.unpacked(fields.minute)
end

function line.unpacked(blob) return line.unpack_rows(blob, #blob / 8)[1] end

function line.keep_minute(saw, away, now)
  local began = math.floor(now / MINUTE) * MINUTE
  local minute = line.minute_so_far()
  if minute and began > minute[1] then line.close_minute(minute) end
  if not minute or began > minute[1] then
    minute = minute or line.minute_counted()
    minute[1] = began
    for at = FIELDS_AT + 1, MINUTE_WIDTH do minute[at] = 0 end
  end
  local of = line.minute_places()
  line.count_on(minute, of)
  line.take_state(minute, of)
  minute[of.bypassed] = minute[of.bypassed] + (saw[5] or 0)
  minute[of.turned_away] = minute[of.turned_away] + (saw[6] or 0)
  minute[of.away] = math.max(minute[of.away], away)
  minute[of.told_low] = math.max(minute[of.told_low], saw[7] or 0)
  minute[of.told_high] = math.max(minute[of.told_high], saw[8] or 0)
  for at, count in ipairs(saw[4] or {}) do
    local place = WAITS_AT + at
    if place <= MINUTE_WIDTH then minute[place] = minute[place] + count end
  end
  fields.minute = line.pack_row(minute)
end

function line.take_state(minute, of)
  local waiting = line.taken_after(numbers.queue)
  minute[of.waiting] = math.max(minute[of.waiting], waiting)
  minute[of.inside] = math.max(minute[of.inside], line.sessions_count())
  if numbers.shadow_at ~= 0 then
    minute[of.shadow_line] = math.max(minute[of.shadow_line], numbers.shadow_line)
  end
  minute[of.limit], minute[of.mode] = moment.limit, 0
  for at, mode in ipairs(MODES) do
    if mode == moment.mode then minute[of.mode] = at end
  end
  local pace = moment.per_second
  minute[of.pace] = pace and 1 + math.floor(pace * 6000 + 0.5) or 0
end

function line.count_up()
  local minute = line.minute_so_far()
  if not minute then return end
  line.count_on(minute, line.minute_places())
  fields.minute = line.pack_row(minute)
end

function line.count_on(minute, of)
  local counted = line.minute_counted()
  for at = 2, FIELDS_AT - 6 do
    local place = of.arrivals + at - 2
    minute[place] = minute[place] + math.max(0, counted[at] - minute[at])
  end
  local shadow, waited, record = FIELDS_AT - 5, FIELDS_AT - 4, FIELDS_AT - 3
  local waits = math.max(0, counted[shadow] - minute[shadow])
  minute[of.would_wait] = minute[of.would_wait] + waits
  local seconds = math.max(0, counted[waited] - minute[waited])
  minute[of.shadow_waited] = minute[of.shadow_waited] + seconds
  local is_same = counted[record] == minute[record]
  for at, name in ipairs({ 'told', 'held' }) do
    local before = is_same and minute[record + at] or 0
    minute[of[name]] = minute[of[name]] + math.max(0, counted[record + at] - before)
  end
  if numbers.leapt_at > minute[FIELDS_AT] then
    minute[of.leapt] = minute[of.leapt] + numbers.leapt
  end
  for at = 2, FIELDS_AT do minute[at] = counted[at] end
end

function line.count_from()
  local minute, counted = line.minute_so_far(), line.minute_counted()
  if not minute then return end
  for at = 2, FIELDS_AT do minute[at] = counted[at] end
  fields.minute = line.pack_row(minute)
end

-- In the place of the time stands 0.
function line.minute_counted()
  local counted = { 0, line.ever_joined() }
  for _, name in ipairs(MINUTE_TOTALS) do counted[#counted + 1] = numbers[name] end
  counted[#counted + 1] = numbers.would_wait
  counted[#counted + 1] = numbers.shadow_waited
  local rows, size = fields.record_log, line.row_count(fields.record_log, 3)
  for at = 1, 3 do counted[#counted + 1] = size > 0 and line.cell(rows, 3, size, at) or 0 end
  counted[#counted + 1] = numbers.leapt_at
  return counted
end

-- Closing a minute: it goes to the journal, and to its hour.

function line.close_minute(minute)
  local span = MINUTE * MINUTES_A_CHUNK
  local began = math.floor(minute[1] / span) * span
  local row = { unpack(minute, FIELDS_AT + 1) }
  if #fields.hour ~= 8 * (1 + #row) then fields.hour = '' end
  if fields.hour ~= '' then
    local hour = line.unpacked(fields.hour)
    if began > hour[1] then
      line.write_minute(span, hour[1], { unpack(hour, 2) })
      fields.hour = ''
    end
  end
  line.write_minute(MINUTE, minute[1], row)
  local hour = fields.hour == '' and { began } or line.unpacked(fields.hour)
  local names = MINUTE_FIELDS
  for at, value in ipairs(row) do
    local field, before = names[at], hour[1 + at] or 0
    if MINUTE_MOST[field] then
      value = math.max(before, value)
    elseif field ~= 'limit' and field ~= 'mode' and field ~= 'pace' then
      value = before + value
    end
    hour[1 + at] = value
  end
  fields.hour = line.pack_row(hour)
end

function line.write_minute(span, at, row)
  local chunk = math.floor(at / span / MINUTES_A_CHUNK)
  local place = math.floor(at / span) - chunk * MINUTES_A_CHUNK
  local oldest = math.floor((at - MINUTES_KEPT) / span / MINUTES_A_CHUNK)
  line.add_minute(span, chunk, line.packed_minute(place, row), oldest)
end

function line.packed_minute(place, row)
  local whole = {}
  for at, value in ipairs(row) do whole[at] = math.floor(value + 0.5) end
  local at, count = line.minute_places().leapt - FIELDS_AT, WAITS_AT - FIELDS_AT
  whole[at] = whole[at] >= 0 and 2 * whole[at] or -2 * whole[at] - 1
  local last = count
  while last > 0 and whole[last] == 0 do last = last - 1 end
  local bytes = { line.varint(place), line.varint(last) }
  for i = 1, last do bytes[#bytes + 1] = line.varint(whole[i]) end
  local from, to = count + 1, #whole
  while to >= from and whole[to] == 0 do to = to - 1 end
  local first = from
  while first <= to and whole[first] == 0 do first = first + 1 end
  if first > to then first, to = from, from - 1 end
  bytes[#bytes + 1] = line.varint(first - from)
  bytes[#bytes + 1] = line.varint(to - first + 1)
  for i = first, to do bytes[#bytes + 1] = line.varint(whole[i]) end
  return table.concat(bytes)
end

function line.varint(value)
  local digits = {}
  while value > 127 do
    digits[#digits + 1] = string.char(128 + value % 128)
    value = math.floor(value / 128)
  end
  digits[#digits + 1] = string.char(value)
  return table.concat(digits)
end

-- Chunks are fields of one hash: their span, and their number.
function line.add_minute(span, chunk, row, oldest)
  local field = span .. ':' .. chunk
  local before = redis.call('HGET', MINUTES, field)
  redis.call('HSET', MINUTES, field, (before or '') .. row)
  if before then return end
  redis.call('EXPIRE', MINUTES, IDLE)
  for _, other in ipairs(redis.call('HKEYS', MINUTES)) do
    local of, number = string.match(other, '^(%d+):(-?%d+)$')
    if tonumber(of) == span and tonumber(number) < oldest then redis.call('HDEL', MINUTES, other) end
  end
end
