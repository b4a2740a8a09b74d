-- What only operators want to know: line/sightings.py says what.

function line.take_sightings(ask, now)
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
