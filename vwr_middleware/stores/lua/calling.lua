-- How far the serving counter goes: line/calling.py says why.

local FROM, TO, DUE, COUNT, CAME, FRESH, CALLED_AT = 1, 2, 3, 4, 5, 6, 7

function line.cohorts() return line.unpack_rows(fields.cohorts, 7) end

function line.expected(now)
  local cohorts = line.close_cohorts(now)
  local missing, coming = line.ghost(), 0
  for _, row in ipairs(cohorts) do
    local absent = row[FRESH] ~= 0 and 0 or missing * row[COUNT]
    coming = coming + math.max(0, row[COUNT] - row[CAME] - absent)
  end
  return coming + line.door_coming(now + numbers.latency)
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
  if not moment.per_second or line.capacity() <= line.active() then return false end
  return line.expected(now) >= 1
end

function line.wanted(now)
  local room = line.capacity()
  if room <= 0 then return 0 end
  local inside = line.active()
  local leaving = math.max(0, inside * line.hazard(moment.limit) - numbers.walk_ins)
  local value = room - inside + leaving * numbers.latency
  value = value + line.sessions_ending_by(now + numbers.latency)
  local rate = moment.per_second
  if rate then value = math.min(value, numbers.tokens + rate * numbers.latency) end
  return value - line.expected(now)
end

function line.fresh_after(now) return line.log_value('queue_log', now - NEWCOMER) end

function line.nth_who_counts(to, n, now)
  local fresh = line.fresh_after(now)
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
  local has_newcomers = line.newcomers(before, to, line.fresh_after(now)) > 0
  line.raise_serving(to)
  local patience = NEAR_LEAST
  if not line.just_opened(now) then
    patience = line.given_interval(found, line.active(), moment.limit, moment.per_second)
  end
  local due = now + 1.25 * patience + 1.5
  local row = { before, to, due, found, 0, has_newcomers and 1 or 0, now }
  fields.cohorts = fields.cohorts .. line.pack_row(row)
end

function line.raise_serving(to)
  numbers.spent_called = numbers.spent_called + line.count_bits(SPENT, numbers.serving, to)
  numbers.seen_called = numbers.seen_called + line.count_bits(SEEN, numbers.serving, to)
  numbers.serving = to
  numbers.horizon = math.max(numbers.horizon, to)
end
