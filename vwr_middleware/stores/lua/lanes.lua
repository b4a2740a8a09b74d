-- Lanes, parts of the line with a share of the positions each: line/lanes.py says why.
--
-- A room's lanes are texts of two fields: `layout`, and `lanes`, as JSON.

-- Shares by name, as the rules have them: names in order, and what a layout has of them.
function line.lanes_named()
  local names = {}
  for name in pairs(rules.lanes or {}) do names[#names + 1] = name end
  table.sort(names)
  return names, table.concat(names, ',') .. '/' .. line.pattern_of(names)
end

function line.pattern_of(names)
  local parts, due, digits = { STRIDE }, { 0 }, {}
  for i, name in ipairs(names) do
    parts[i + 1], due[i + 1] = math.floor(rules.lanes[name] * STRIDE + 0.5), 0
    parts[1] = parts[1] - parts[i + 1]
  end
  for at = 1, STRIDE do
    local most = 1
    for i, part in ipairs(parts) do
      due[i] = due[i] + part
      if due[i] > due[most] then most = i end
    end
    due[most] = due[most] - STRIDE
    digits[at] = tostring(most - 1)
  end
  return table.concat(digits)
end

-- The stretches of a layout, the room's own unless another is given: the position after which each
-- begins, its last one, its lanes by name, each with its digit, and whose its positions are. Other
-- functions take a layout in the same way.
function line.stretches(layout)
  layout = layout or fields.layout
  local read = numbers.stretches or {}
  if read[layout] then return read[layout] end
  local found = {}
  for after, names, pattern in string.gmatch(layout, '(%d+)/([^/]*)/(%d+)') do
    local digits, count = { [''] = '0' }, 0
    for name in string.gmatch(names, '[^,]+') do
      count = count + 1
      digits[name] = tostring(count)
    end
    if #found > 0 then found[#found].last = tonumber(after) end
    found[#found + 1] = {
      after = tonumber(after), last = math.huge, digits = digits, pattern = pattern, counts = {},
    }
  end
  numbers.stretches, read[layout] = read, found
  return found
end

-- How many of the first positions of each hundred are a lane's: made once a step.
function line.counts_in(stretch, lane)
  local counts = stretch.counts[lane]
  if counts then return counts end
  counts = { [0] = 0 }
  local digit = string.byte(stretch.digits[lane])
  for at = 1, STRIDE do
    counts[at] = counts[at - 1] + (string.byte(stretch.pattern, at) == digit and 1 or 0)
  end
  stretch.counts[lane] = counts
  return counts
end

function line.count_in_stretch(stretch, lane, after, to)
  if to <= after or not stretch.digits[lane] then return 0 end
  local counts = line.counts_in(stretch, lane)
  local rounds = math.floor(to / STRIDE) - math.floor(after / STRIDE)
  return rounds * counts[STRIDE] + counts[to % STRIDE] - counts[after % STRIDE]
end

function line.lane_of(position, layout)
  for _, stretch in ipairs(line.stretches(layout)) do
    if position <= stretch.last then
      local at = (position - 1) % STRIDE + 1
      local digit = string.sub(stretch.pattern, at, at)
      for lane, its in pairs(stretch.digits) do
        if its == digit then return lane end
      end
    end
  end
  return ''
end

function line.count_of(lane, after, to, layout)
  local count = 0
  for _, stretch in ipairs(line.stretches(layout)) do
    local first, last = math.max(after, stretch.after), math.min(to, stretch.last)
    count = count + line.count_in_stretch(stretch, lane, first, last)
  end
  return count
end

function line.next_after(lane, position)
  for _, stretch in ipairs(line.stretches()) do
    local digit = stretch.digits[lane]
    if stretch.last > position and digit then
      local from = math.max(position, stretch.after)
      local begin = from % STRIDE
      local found = string.find(stretch.pattern .. stretch.pattern, digit, begin + 1, true)
      local at = found and from + found - begin
      if at and at <= stretch.last then return at end
    end
  end
  return 0
end

-- A room's lanes: by name, the tail, how many joined and how many entered. They are read once a
-- step, and written at its end.
function line.lanes()
  if not numbers.lanes then
    numbers.lanes = fields.lanes == '' and {} or cjson.decode(fields.lanes)
  end
  return numbers.lanes
end

function line.keep_lanes(lanes)
  numbers.lanes, numbers.lanes_moved = lanes, true
end

function line.write_lanes()
  if not numbers.lanes_moved then return end
  local texts = {}
  for lane, row in pairs(numbers.lanes) do
    texts[#texts + 1] = string.format('"%s":[%d,%d,%d]', lane, row[1], row[2], row[3])
  end
  table.sort(texts)
  fields.lanes = '{' .. table.concat(texts, ',') .. '}'
end

function line.taken(after, to)
  if fields.layout == '' then return math.max(0, to - after) end
  local count = 0
  for lane, row in pairs(line.lanes()) do
    count = count + line.count_of(lane, after, math.min(to, row[1]))
  end
  return count
end

function line.begin_lanes()
  local names, named = line.lanes_named()
  if #names == 0 and fields.layout == '' then return end
  local counts, lanes = line.lanes(), {}
  fields.layout = #names > 0 and '0/' .. named or ''
  if #names > 0 then names[#names + 1] = '' end
  for _, lane in ipairs(names) do
    local row = counts[lane] or { 0, 0, 0 }
    lanes[lane] = { 0, row[2], row[3] }
  end
  line.keep_lanes(lanes)
end

function line.lay_lanes()
  if not rules.lanes and fields.layout == '' then return end
  local names, named = line.lanes_named()
  if #names == 0 and fields.layout == '' then return end
  local layout = fields.layout
  local last = string.match(layout, '([^;]*)$')
  if string.match(last, '/(.*)$') == named then return end
  if layout == '' then
    layout = '0//' .. string.rep('0', STRIDE)
    line.keep_lanes({ [''] = { numbers.queue, numbers.queue, 0 } })
  end
  local kept = {}
  for stretch in string.gmatch(layout, '[^;]+') do
    if string.match(stretch, '^%d+') ~= tostring(numbers.queue) then kept[#kept + 1] = stretch end
  end
  kept[#kept + 1] = string.format('%d/%s', numbers.queue, named)
  while numbers.draw ~= REGISTERING and #kept > CHANGES_KEPT do
    table.remove(kept, line.is_drawn() and fields.draw_lanes ~= '' and 2 or 1)
  end
  kept[1] = '0' .. string.match(kept[1], '/.*$')
  fields.layout = table.concat(kept, ';')
end

function line.next_position(lane)
  if fields.layout == '' then return numbers.queue + 1 end
  local row = line.lanes()[lane]
  return line.next_after(lane, math.max(row and row[1] or 0, numbers.serving))
end

function line.lane_in_force(lane)
  return rules.lanes and rules.lanes[lane] and lane or ''
end

function line.note_joined(lane, position)
  numbers.queue = math.max(numbers.queue, position)
  if fields.layout == '' then return end
  local lanes = line.lanes()
  local row = lanes[lane] or { 0, 0, 0 }
  lanes[lane] = { position, row[2] + 1, row[3] }
  line.keep_lanes(lanes)
end

function line.note_entered(position)
  if fields.layout == '' then return end
  local lanes, lane = line.lanes(), line.lane_of(position)
  local row = lanes[lane] or { 0, 0, 0 }
  lanes[lane] = { row[1], row[2], row[3] + 1 }
  line.keep_lanes(lanes)
end

function line.ever_joined()
  if fields.layout == '' then return numbers.queue end
  local count = 0
  for _, row in pairs(line.lanes()) do count = count + row[2] end
  return count
end

function line.taken_after(to) return line.taken(numbers.serving, to) end

function line.nth_taken(n)
  if fields.layout == '' then return math.min(numbers.queue, numbers.serving + n) end
  local low, high = numbers.serving, numbers.queue
  if line.taken_after(high) <= n then return high end
  while high - low > 1 do
    local middle = math.floor((low + high) / 2)
    if line.taken_after(middle) >= n then high = middle else low = middle end
  end
  return high
end

-- Take over what a worker has seen, as far as that is more.
function line.lift_lanes(remembered)
  if not remembered or remembered == '' then return end
  local layout, tails = string.match(remembered, '^([^|]*)|(.*)$')
  local _, theirs = string.gsub(layout, ';', '')
  local _, ours = string.gsub(fields.layout, ';', '')
  local lanes, is_more = line.lanes(), false
  if theirs > ours or fields.layout == '' then
    fields.layout, is_more = layout, true
  end
  for lane, tail in string.gmatch(tails, '([^,=]*)=(%d+)') do
    local row = lanes[lane]
    if not row or tonumber(tail) > row[1] then
      lanes[lane] = { tonumber(tail), row and row[2] or 0, row and row[3] or 0 }
      is_more = true
    end
  end
  if is_more then line.keep_lanes(lanes) end
end

function line.rebuild_lanes(remembered, spare)
  if remembered == '' then return line.lay_behind() end
  line.lift_lanes(remembered)
  local lanes = line.lanes()
  for lane, row in pairs(lanes) do
    for _ = 1, spare do
      local at = line.next_after(lane, row[1])
      if at > 0 then row[1] = at end
    end
    numbers.queue = math.max(numbers.queue, row[1])
  end
  if next(lanes) then line.keep_lanes(lanes) end
end

function line.lay_behind()
  line.begin_lanes()
  local lanes = line.lanes()
  for _, row in pairs(lanes) do row[1] = numbers.queue end
  if next(lanes) then line.keep_lanes(lanes) end
end
