-- What workers report back: how the wrapped app fares.

function line.take_load(load, now)
  local rows = line.rows_after('load_log', 6, now - LOAD_LOG_SPAN)
  if load then
    if #rows == 0 or now - rows[#rows][1] >= LOAD_LOG_STEP then
      rows[#rows + 1] = { now, 0, 0, 0, 0, 0 }
    end
    local row = rows[#rows]
    for i = 1, 5 do row[i + 1] = row[i + 1] + load[i] end
  end
  fields.load_log = line.pack_rows(rows)
end

function line.load_sums()
  local sums = { LOAD_LOG_SPAN, 0, 0, 0, 0, 0 }
  for _, row in ipairs(line.unpack_rows(fields.load_log, 6)) do
    for i = 2, 6 do sums[i] = sums[i] + row[i] end
  end
  return sums
end

function line.take_adaptive(ask)
  if ask.adaptive and ask.adaptive_version >= numbers.adaptive_version then
    fields.adaptive = ask.adaptive
    numbers.adaptive_version = ask.adaptive_version + 1
  end
end

-- What only operators want to know: line/worker_reports.py says what.


function line.take_for_operators(ask, now)
  local sightings = ask.sightings
  if not sightings then return end
  local oldest, waited = ask.generation == numbers.generation and sightings[1] or 0, sightings[2]
  if oldest > 0 or waited > 0 then
    local rows = line.rows_after('wait_log', 3, now - WAIT_LOG_SPAN)
    if #rows == 0 or now - rows[#rows][1] >= WAIT_LOG_STEP then rows[#rows + 1] = { now, 0, 0 } end
    local row = rows[#rows]
    if oldest > 0 then row[2] = row[2] == 0 and oldest or math.min(row[2], oldest) end
    row[3] = math.max(row[3], waited)
    fields.wait_log = line.pack_rows(rows)
  end
  for _, sharer in ipairs(sightings[3]) do
    if line.sessions_get(sharer[1]) then
      redis.call('ZADD', SHARERS, string.format('%.17g', now), sharer[1] .. ' ' .. sharer[2])
      redis.call('ZREMRANGEBYRANK', SHARERS, 0, -SHARERS_ROWS - 1)
      redis.call('EXPIRE', SHARERS, DAY)
    end
  end
end

function line.waits(now)
  local oldest, waited = 0, 0
  for _, row in ipairs(line.rows_after('wait_log', 3, now - WAIT_LOG_SPAN)) do
    waited = math.max(waited, row[3])
    if row[1] > now - STILL_WAITING and row[2] > 0 then
      oldest = oldest == 0 and row[2] or math.min(oldest, row[2])
    end
  end
  return oldest, waited
end
