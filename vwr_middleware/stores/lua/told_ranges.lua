-- Ranges that people were told, and the record of them: line/told_ranges.py says what counts.
--
-- Ranges are rows of level, position, asked, soonest, latest; margins of level, below, above.

function line.take_ranges(ask, now)
  if #ask.marks == 0 or now - numbers.marks_at < RANGES_STEP then return end
  numbers.marks_at = now
  local rows, open, last = line.unpack_rows(fields.told_ranges, 5), {}, {}
  for _, row in ipairs(rows) do
    open[row[1]], last[row[1]] = (open[row[1]] or 0) + 1, row[3]
  end
  for _, mark in ipairs(ask.marks) do
    local level, position, soonest, latest = unpack(mark)
    local size = open[level] or 0
    if position > numbers.serving and latest > now and size < RANGES_OPEN then
      if size == 0 or now - last[level] >= (latest - now) / RANGES_OPEN then
        open[level], last[level] = size + 1, now
        rows[#rows + 1] = { level, position, now, soonest, latest }
      end
    end
  end
  fields.told_ranges = line.pack_rows(rows)
end

-- Returns an event, if there is one.
function line.settle_ranges(now)
  if fields.told_ranges == '' then return end
  local mode = moment.mode
  if mode == 'paused' or mode == 'scheduled' or mode == 'closed' then
    fields.told_ranges = ''
    return
  end
  local rows, open, settled, held = line.unpack_rows(fields.told_ranges, 5), {}, 0, 0
  local margins
  for _, row in ipairs(rows) do
    local outcome = line.range_outcome(row, now)
    if not outcome then
      open[#open + 1] = row
    elseif outcome > 0 then
      settled = settled + 1
      if outcome == 3 then held = held + 1 end
      margins = margins or line.unpack_rows(fields.margins, 3)
      line.move_margins(margins, row[1], outcome)
    end
  end
  if #open < #rows then fields.told_ranges = line.pack_rows(open) end
  if settled == 0 then return end
  fields.margins = line.pack_rows(margins)
  return line.count_ranges(settled, held, now)
end

-- 1: early, 2: late, 3: held; nil: it is open still, -1: it is not counted.
function line.range_outcome(row, now)
  local _, position, _, soonest, latest = unpack(row)
  if position > numbers.serving then
    if now <= latest then return nil end
    return line.get_bit(SEEN, position) and line.holder(position) ~= GIVEN_UP and 2 or -1
  end
  if line.get_bit(SPENT, position) then
    if line.holder(position) == GIVEN_UP then return -1 end
    return now < soonest and 1 or now <= latest and 3 or 2
  end
  if not line.polled(position, numbers.window) then return -1 end
  if now <= latest then return nil end
  return 2
end

function line.move_margins(margins, level, outcome)
  local found
  for _, row in ipairs(margins) do
    if row[1] == level then found = row end
  end
  if not found then
    found = { level, MARGIN_FIRST, MARGIN_FIRST }
    margins[#margins + 1] = found
  end
  for side = 1, 2 do
    local missed = outcome == side and 1 or 0
    local moved = found[side + 1] + MARGIN_STEP * (missed - MISSED_PART)
    found[side + 1] = line.clamp(moved, MARGIN_LEAST, MARGIN_MOST)
  end
end

function line.count_ranges(settled, held, now)
  local rows = line.rows_after('record_log', 3, now - RECORD_SPAN)
  if #rows == 0 or now - rows[#rows][1] >= RECORD_STEP then rows[#rows + 1] = { now, 0, 0 } end
  local row = rows[#rows]
  row[2], row[3] = row[2] + settled, row[3] + held
  fields.record_log = line.pack_rows(rows)
  local sums = line.record(now)
  local told = string.format('%d-%d', sums[4], sums[3])
  if numbers.estimates_off == 0 and sums[3] >= RECORD_SAMPLE and sums[4] < RECORD_OFF * sums[3] then
    numbers.estimates_off = now
    return 'estimates_off ' .. told
  end
  if numbers.estimates_off ~= 0 and sums[4] >= RECORD_BACK * sums[3] then
    numbers.estimates_off = 0
    return 'estimates_back ' .. told
  end
end

function line.record(now)
  local sums = { 0, 0, 0, 0 }
  for _, row in ipairs(line.unpack_rows(fields.record_log, 3)) do
    local begin, settled, held = unpack(row)
    if begin > now - RECORD_SPAN then sums[1], sums[2] = sums[1] + settled, sums[2] + held end
    if begin > now - RECORD_LATELY then sums[3], sums[4] = sums[3] + settled, sums[4] + held end
  end
  return sums
end
