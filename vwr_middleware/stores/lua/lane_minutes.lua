-- What each minute brought to each lane: line/lane_minutes.py says what, and how a row is packed.
--
-- The minute that goes by is a text, as JSON: its number, and the lanes' rows by name. In a row, how
-- many had ever joined and entered as counted last, how many joined and entered in this minute, and
-- then how many had waited how long.

function line.lane_row(joined, entered)
  local row = { joined, entered, 0, 0 }
  for at = 5, 5 + #WAIT_CLASSES do row[at] = 0 end
  return row
end

function line.keep_lane_minute(waits, now)
  if fields.layout == '' and fields.lane_minute == '' then return end
  local number, lanes = math.floor(now / MINUTE), line.lanes()
  local minute = fields.lane_minute ~= '' and cjson.decode(fields.lane_minute) or nil
  if minute and number > minute[1] then
    line.close_lane_minute(minute)
    local rows = {}
    for lane, row in pairs(minute[2]) do
      if lanes[lane] then rows[lane] = line.lane_row(row[1], row[2]) end
    end
    minute = fields.layout ~= '' and { number, rows } or nil
  end
  if not minute and fields.layout ~= '' then
    minute = { number, {} }
    for lane, row in pairs(lanes) do minute[2][lane] = line.lane_row(row[2], row[3]) end
  end
  if minute then line.count_lanes(lanes, waits, minute[2]) end
  fields.lane_minute = minute and line.lane_minute_text(minute) or ''
end

function line.count_lanes(lanes, waits, rows)
  for lane, counted in pairs(lanes) do
    local row = rows[lane] or line.lane_row(0, 0)
    row[3] = row[3] + math.max(0, counted[2] - row[1])
    row[4] = row[4] + math.max(0, counted[3] - row[2])
    row[1], row[2] = counted[2], counted[3]
    rows[lane] = row
  end
  for lane, classes in pairs(waits) do
    local row = rows[lane] or line.lane_row(0, 0)
    for at, count in ipairs(classes) do
      if row[4 + at] then row[4 + at] = row[4 + at] + count end
    end
    rows[lane] = row
  end
end

-- The names of the lanes, in order; of those to which the minute has brought something, if asked.
function line.lanes_in(rows, is_over)
  local names = {}
  for lane, row in pairs(rows) do
    local count = 0
    for at = 3, #row do count = count + row[at] end
    if count > 0 or not is_over then names[#names + 1] = lane end
  end
  table.sort(names)
  return names
end

function line.lane_minute_text(minute)
  local texts = {}
  for at, lane in ipairs(line.lanes_in(minute[2])) do
    texts[at] = string.format('"%s":[%s]', lane, table.concat(minute[2][lane], ','))
  end
  return string.format('[%d,{%s}]', minute[1], table.concat(texts, ','))
end

function line.close_lane_minute(minute)
  local number, rows = minute[1], minute[2]
  local names = line.lanes_in(rows, true)
  if #names == 0 then return end
  local chunk = math.floor(number / MINUTES_A_CHUNK)
  local packed = { line.varint(number - chunk * MINUTES_A_CHUNK), line.varint(#names) }
  for _, lane in ipairs(names) do packed[#packed + 1] = line.packed_lane(lane, rows[lane]) end
  local oldest = math.floor((number * MINUTE - MINUTES_KEPT) / (MINUTE * MINUTES_A_CHUNK))
  line.add_minute(LANE_SPAN, chunk, table.concat(packed), oldest)
end

function line.packed_lane(lane, row)
  local first, last = 5, #row
  while last >= first and row[last] == 0 do last = last - 1 end
  while first <= last and row[first] == 0 do first = first + 1 end
  if first > last then first, last = 5, 4 end
  local packed = {
    line.varint(#lane), lane, line.varint(row[3]), line.varint(row[4]),
    line.varint(first - 5), line.varint(last - first + 1),
  }
  for at = first, last do packed[#packed + 1] = line.varint(row[at]) end
  return table.concat(packed)
end
