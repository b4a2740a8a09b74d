-- The draw of a room with lanes: line/drawn_lanes.py.

-- The word that the room keeps of it, in its parts: the layout in which people registered, the last
-- position that each lane had given, and the layout of their places. nil of no word.
function line.parts_of_drawn(word)
  local registered, tails, layout = string.match(word, '^([^|]*)|([^|]*)|(.*)$')
  if not registered then return nil end
  local found = { registered = registered, layout = layout, tails = {}, last = 0 }
  for lane, tail in string.gmatch(tails, '([^,=]*)=(%d+)') do
    found.tails[lane] = tonumber(tail)
    found.last = math.max(found.last, tonumber(tail))
  end
  return found
end

function line.drawn_lanes() return line.parts_of_drawn(fields.draw_lanes) end

function line.word_of_drawn(registered, tails, layout)
  local texts = {}
  for lane in pairs(tails) do texts[#texts + 1] = lane end
  table.sort(texts)
  for i, lane in ipairs(texts) do texts[i] = string.format('%s=%d', lane, tails[lane]) end
  return registered .. '|' .. table.concat(texts, ',') .. '|' .. layout
end

-- How many were drawn in each lane that there is at the opening.
function line.counts_of_drawn(drawn)
  local counts = { [''] = 0 }
  local digits = line.stretches(drawn.layout)[1].digits
  for lane, tail in pairs(drawn.tails) do
    local count = line.count_of(lane, 0, tail, drawn.registered)
    local own = digits[lane] and lane or ''
    counts[own] = (counts[own] or 0) + count
  end
  return counts
end

function line.count_of_drawn(drawn)
  local count = 0
  for _, each in pairs(line.counts_of_drawn(drawn)) do count = count + each end
  return count
end

-- Whether somebody registered at this position.
function line.has_registered(position)
  local drawn = line.drawn_lanes()
  return position <= (drawn.tails[line.lane_of(position, drawn.registered)] or 0)
end

-- The n-th position of a lane in a layout of one stretch.
function line.nth_of_lane(layout, lane, n)
  local counts = line.counts_in(line.stretches(layout)[1], lane)
  local rounds = math.floor((n - 1) / counts[STRIDE])
  local at = 1
  while counts[at] < n - rounds * counts[STRIDE] do at = at + 1 end
  return rounds * STRIDE + at
end

-- What the room is to keep of the lanes of a draw that is made now, and how many are drawn.
function line.word_of_draw()
  line.lay_lanes()
  if fields.layout == '' then return '', numbers.queue end
  local tails, _, named = {}, line.lanes_named()
  for lane, row in pairs(line.lanes()) do tails[lane] = row[1] end
  local word = line.word_of_drawn(fields.layout, tails, '0/' .. named)
  return word, line.count_of_drawn(line.parts_of_drawn(word))
end

function line.lay_drawn()
  local drawn = line.drawn_lanes()
  if not drawn then return end
  if not string.find(fields.layout, ';', 1, true) then fields.layout = drawn.layout end
  local lanes, counts = line.lanes(), line.counts_of_drawn(drawn)
  for lane in pairs(line.stretches(drawn.layout)[1].digits) do
    local row = lanes[lane] or { 0, 0, 0 }
    local count = counts[lane] or 0
    local tail = count > 0 and line.nth_of_lane(drawn.layout, lane, count) or 0
    lanes[lane] = { math.max(row[1], tail), row[2], row[3] }
    numbers.queue = math.max(numbers.queue, lanes[lane][1])
  end
  line.keep_lanes(lanes)
end

function line.knows_more_of_drawn(theirs)
  if theirs == '' or theirs == fields.draw_lanes then return false end
  local ours = line.drawn_lanes()
  if not ours then return true end
  local known = line.counts_of_drawn(ours)
  for lane, count in pairs(line.counts_of_drawn(line.parts_of_drawn(theirs))) do
    if count > (known[lane] or 0) then return true end
  end
  return false
end

-- Take over the word of a worker, as far as that is more.
function line.lift_drawn_lanes(theirs)
  local ours, other = line.drawn_lanes(), line.parts_of_drawn(theirs)
  if not other then return end
  if ours and ours.registered == other.registered and ours.layout == other.layout then
    for lane, tail in pairs(other.tails) do
      ours.tails[lane] = math.max(ours.tails[lane] or 0, tail)
    end
    fields.draw_lanes = line.word_of_drawn(ours.registered, ours.tails, ours.layout)
  elseif not ours or line.count_of_drawn(other) > line.count_of_drawn(ours) then
    fields.draw_lanes = theirs
  end
  numbers.drawn = line.count_of_drawn(line.drawn_lanes())
  line.lay_drawn()
end
