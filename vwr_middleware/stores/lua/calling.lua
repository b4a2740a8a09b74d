-- How far the serving counter goes: line/calling.py says why.

-- A silence, in which nobody of a crowd is heard: line/calling.py says why.


function line.listens(now) return math.max(numbers.listens_until, numbers.gathers_until) > now end

function line.take_window(now)
  local window = math.floor(now / PRESENCE_WINDOW)
  local may_begin = window > numbers.window and numbers.listens_until == 0 and not rules.counts_unheard
  local there = may_begin and line.heard(numbers.window - 1) or 0
  line.rotate(numbers.window, window)
  numbers.window = window
  if there >= CROWD and line.heard(window - 1) * HARDLY_ANY < there then
    numbers.listens_until = math.huge
  end
end

function line.hear(now)
  if not line.listens(now) then
    numbers.listens_until = 0
  elseif line.heard(numbers.window) > 0 then
    line.end_silence(now)
  end
end

function line.end_silence(now)
  numbers.listens_until = math.min(numbers.listens_until, now + LISTEN)
end

-- `till`: when the room has listened for long enough.
function line.forget_who_waits(till)
  if not rules.counts_unheard then numbers.listens_until = till end
end

function line.heard(window)
  local after, to = numbers.serving, line.last_near()
  local kind = window % 3
  local base = 8 * line.first_byte(kind)
  return line.count_in(BITMAPS[kind], after - base, to - base)
end

local FROM, TO, DUE, COUNT, CAME, FRESH, CALLED_AT = 1, 2, 3, 4, 5, 6, 7
local AWAY = 2

function line.cohorts() return line.unpack_rows(fields.cohorts, 7) end

function line.expected(now)
  local here, away = line.coming(now)
  return here + math.min(away, line.most_kept(moment.capacity))
end

function line.most_kept(capacity) return math.max(1, math.floor(capacity / KEPT_SHARE)) end

function line.coming(now)
  local cohorts = line.close_cohorts(now)
  local missing, here, away = line.ghost(), 0, 0
  for _, row in ipairs(cohorts) do
    local absent = row[FRESH] ~= 0 and 0 or missing * row[COUNT]
    local coming = math.max(0, row[COUNT] - row[CAME] - absent)
    if row[FRESH] == AWAY then away = away + coming else here = here + coming end
  end
  return here + line.door_coming(now + numbers.latency), away
end

function line.close_cohorts(now)
  local open_ones, over = {}, false
  for _, row in ipairs(line.cohorts()) do
    if row[DUE] > now then
      open_ones[#open_ones + 1] = row
    else
      over = true
      if row[FRESH] == 0 then
        numbers.ghost_missing = numbers.ghost_missing + (row[COUNT] - row[CAME])
        numbers.ghost_called = numbers.ghost_called + row[COUNT]
      end
    end
  end
  if over then fields.cohorts = line.pack_rows(open_ones) end
  return open_ones
end

function line.are_coming(now)
  if not moment.per_second or moment.capacity <= line.active() then return false end
  return line.expected(now) >= 1
end

function line.wanted(now)
  local room = moment.capacity
  if room <= 0 then return 0 end
  local inside = line.active()
  local leaving = math.max(0, inside * line.hazard(moment.limit) - numbers.walk_ins)
  local lead = math.max(LEAD_LEAST, numbers.latency)
  local leave = leaving * lead + line.sessions_ending_by(now + lead)
  local here, away = line.coming(now)
  local value = room - inside + leave + math.sqrt(leave) - math.min(away, line.most_kept(room))
  local rate = moment.per_second
  if rate then value = math.min(value, numbers.tokens + rate * lead) end
  return value - here
end

function line.fresh_after(now, span)
  if fields.layout ~= '' then return numbers.queue end
  return line.log_value('queue_log', now - (span or NEWCOMER))
end

function line.count_newcomers(after, to, fresh)
  if fields.layout ~= '' then return line.heard_unseen(after, to, numbers.window) end
  return line.newcomers(after, to, fresh)
end

function line.nth_who_counts(to, n, now)
  local fresh = rules.counts_unheard and 0 or line.fresh_after(now)
  return line.nth_counting(numbers.serving, to, n, numbers.window, fresh)
end

function line.first_counting(now)
  local position, found = line.nth_who_counts(numbers.queue, 1, now)
  return found > 0 and position or 0
end

-- Returns the event, if the serving counter moved.
function line.evaluate(now)
  if numbers.inlet_calls == 0 or line.listens(now) then return nil end
  local want = line.wanted(now)
  if want < 1 then return nil end
  local count = math.floor((want - 1) / (1 - line.ghost())) + 1
  local top = line.last_near()
  if numbers.inlet_serving then top = math.min(top, numbers.inlet_serving) end
  local before = numbers.serving
  local after, found = line.nth_who_counts(top, count, now)
  if after <= before then return nil end
  line.call_together(after, found, now)
  return string.format('called %d-%d', before + 1, after)
end

function line.call_together(to, found, now)
  local before = numbers.serving
  local has_newcomers = line.count_newcomers(before, to, line.fresh_after(now)) > 0
  line.raise_serving(to)
  local patience = line.given_interval(found, moment.limit, moment.per_second)
  if line.just_opened(now) and numbers.flow == 0 then patience = NEAR_LEAST end
  if rules.counts_unheard then
    patience = math.max(patience, UNHEARD_POLL)
    line.expect_unheard(before, to, now)
  end
  local due = now + 1.25 * patience + 1.5
  local away = math.min(found, line.count_subscriptions(before, to))
  local row = { before, to, due, found - away, 0, has_newcomers and 1 or 0, now }
  fields.cohorts = fields.cohorts .. line.pack_row(row)
  if away > 0 then
    row = { before, to, now + rules.claim_within, away, 0, AWAY, now }
    fields.cohorts = fields.cohorts .. line.pack_row(row)
  end
end

function line.wait_longer(still)
  if still <= 0 or fields.cohorts == '' then return end
  local rows, is_changed = line.cohorts(), false
  for _, row in ipairs(rows) do
    if row[FRESH] == AWAY then
      row[DUE], is_changed = row[DUE] + still, true
    end
  end
  if is_changed then fields.cohorts = line.pack_rows(rows) end
end

function line.note_who_came(position, now)
  local rows, is_expected = line.cohorts(), false
  for _, row in ipairs(rows) do
    if row[FROM] < position and position <= row[TO] and row[DUE] > now then
      is_expected = true
      if row[CAME] < row[COUNT] then
        row[CAME] = row[CAME] + 1
        fields.cohorts = line.pack_rows(rows)
        break
      end
    end
  end
  return is_expected
end

function line.expect_no_more(position)
  local rows = line.cohorts()
  for _, row in ipairs(rows) do
    if row[FROM] < position and position <= row[TO] and row[FRESH] == AWAY then
      row[CAME] = math.min(row[COUNT], row[CAME] + 1)
    end
  end
  fields.cohorts = line.pack_rows(rows)
end

function line.raise_serving(to)
  numbers.spent_called = numbers.spent_called + line.count_bits(SPENT, numbers.serving, to)
  numbers.seen_called = numbers.seen_called + line.count_bits(SEEN, numbers.serving, to)
  numbers.serving = to
  numbers.horizon = math.max(numbers.horizon, to)
end

-- Who of the called may still come, and who has not come: line/calling.py says why.


function line.count_called(now)
  local low, to = math.max(0, numbers.serving - CALLED_MOST), numbers.serving
  if numbers.spent_called >= to then return 0 end
  local first, last = line.unheard(now)
  first, last = math.min(to, math.max(low, first)), math.min(to, math.max(low, last))
  local count = line.taken(first, last) - line.count_bits(SPENT, first, last)
  count = count + line.count_heard(low, first, now) + line.count_heard(last, to, now)
  for _, text in ipairs(line.door_later(now)) do
    local position = tonumber(text)
    if position > low and (position <= first or position > last)
      and not line.polled(position, numbers.window)
    then
      count = count + 1
    end
  end
  return count
end

function line.count_heard(after, to, now)
  local lately = line.fresh_after(now, FIRST_POLL)
  return line.heard_unspent(after, to, numbers.window, lately)
end

function line.unheard(now)
  if now >= numbers.unheard_until then return 0, 0 end
  return numbers.unheard_from, numbers.unheard_to
end

function line.expect_unheard(after, to, now)
  if to <= after then return end
  if now < numbers.unheard_until then
    after, to = math.min(after, numbers.unheard_from), math.max(to, numbers.unheard_to)
  end
  numbers.unheard_from, numbers.unheard_to = after, to
  numbers.unheard_until = now + HORIZON_LOG_SPAN
end

function line.forget_who_came(now)
  numbers.judged = numbers.serving
  line.expect_unheard(0, numbers.serving, now)
end

function line.count_no_shows(now)
  local within = math.max(rules.claim_within, HIDDEN_UNTIL)
  within = within + line.quiet_seconds(now - within, now)
  local after = math.min(numbers.judged, numbers.serving)
  local to = line.log_value('serving_log', now - within)
  if to <= after then return end
  numbers.no_shows = numbers.no_shows + line.silent(after, to, numbers.window)
  numbers.judged = to
end

-- A bitmap's bytes from `start` to `last` in a scratch key, with zeros where it ends before.
function line.copy_bits(kind, start, last, key)
  local bytes = redis.call('GETRANGE', BITMAPS[kind], start, last)
  redis.call('SET', key, bytes .. string.rep('\0', last - start + 1 - #bytes))
end

function line.heard_unspent(after, to, window, fresh)
  if to <= after then return 0 end
  local key, base = line.counting(after, to, window, fresh)
  redis.set_repl(redis.REPL_NONE)
  line.copy_bits(SPENT, base / 8, math.floor(to / 8), SCRATCH_B)
  redis.call('BITOP', 'NOT', SCRATCH_B, SCRATCH_B)
  redis.call('BITOP', 'AND', key, key, SCRATCH_B)
  redis.set_repl(redis.REPL_ALL)
  return line.count_in(key, after - base, to - base)
end

function line.heard_unseen(after, to, window)
  if to <= after then return 0 end
  local key, base = line.counting(after, to, window, to)
  redis.set_repl(redis.REPL_NONE)
  line.copy_bits(SEEN, base / 8, math.floor(to / 8), SCRATCH_B)
  redis.call('BITOP', 'NOT', SCRATCH_B, SCRATCH_B)
  redis.call('BITOP', 'AND', key, key, SCRATCH_B)
  redis.set_repl(redis.REPL_ALL)
  return line.count_in(key, after - base, to - base)
end

-- Where lanes leave positions free, only those ever seen count.
function line.silent(after, to, window)
  if to <= after then return 0 end
  local key, base = line.counting(after, to, window, to)
  redis.set_repl(redis.REPL_NONE)
  line.copy_bits(SPENT, base / 8, math.floor(to / 8), SCRATCH_B)
  line.copy_bits(LAPSED, base / 8, math.floor(to / 8), SCRATCH_C)
  redis.call('BITOP', 'OR', key, key, SCRATCH_B, SCRATCH_C)
  if fields.layout ~= '' then
    line.copy_bits(SEEN, base / 8, math.floor(to / 8), SCRATCH_B)
    redis.call('BITOP', 'NOT', key, key)
    redis.call('BITOP', 'AND', key, key, SCRATCH_B)
  end
  redis.set_repl(redis.REPL_ALL)
  local found = line.count_in(key, after - base, to - base)
  return fields.layout ~= '' and found or (to - after) - found
end

function line.polled(position, window)
  for _, kind in ipairs({ window % 3, (window - 1) % 3 }) do
    local place = position - 8 * line.first_byte(kind)
    if place >= 0 and redis.call('GETBIT', BITMAPS[kind], place) == 1 then return true end
  end
  return false
end
