-- ARGV: now, what was seen (6), the kinds of the joiners, each with the lane that it joins, then who
-- they are, as far as known, by the digests of all secrets, each with the position that was drawn
-- behind it, if there is one.

function line.turn_if_known(digests, drawn, mode, now)
  if mode == 'closed' then return nil end
  local place, identity
  for each in string.gmatch(digests, '[^,]+') do
    if not place then place, identity = line.known_place(each, now, drawn), each end
  end
  if place and place.generation ~= numbers.generation then
    return line.turn_of('drawn', place.position, now, place.generation)
  end
  if not place then return nil end
  local is_over = string.sub(identity, 1, 1) == ONCE and line.standing(place, now) == 'spent'
  return line.turn_of(is_over and 'spent' or 'known', place.position, now, nil, 0, place.device)
end

function line.serve_newcomer(position)
  line.raise_serving(position)
  numbers.credit = math.max(0, numbers.credit - 1)
end

function line.take_position(lane, position, now)
  line.note_joined(lane, position)
  if fields.layout == '' then return end
  line.set_many(numbers.window % 3, { position })
  line.note_place(position, now)
end

function line.join_one(kind, lane, mode, at_once, now)
  local position, is_empty = line.next_position(lane), numbers.queue <= numbers.serving
  if mode == 'closed' then return 'closed', 0 end
  if not moment.gives_numbers then return 'settling', 0 end
  if line.comes_too_early(now) then return 'early', 0 end
  if at_once and kind ~= 'ticket' and line.has_space(mode, position, now) then
    line.take_position(lane, position, now)
    line.serve_newcomer(position)
    line.open_session(position, now)
    return 'entered', position
  end
  if kind == 'enter' then return 'refused', 0 end
  if position == 0 or position > POSITIONS_MOST or line.is_full(mode, position, now) then
    return 'full', 0
  end
  line.take_position(lane, position, now)
  if mode == 'shadow' then
    line.raise_serving(position)
    return 'next', position
  end
  if numbers.credit > 0 and is_empty and line.is_open(mode) then
    line.serve_newcomer(position)
    return 'next', position
  end
  return 'waiting', position
end

local refusal, now, events = line.begin_asked()
if refusal then return refusal end
line.keep('queue_log', { now, numbers.queue }, QUEUE_LOG_STEP, QUEUE_LOG_SPAN)
line.lay_lanes()
local mode = moment.mode
line.end_silence(now)
local is_sure = not line.listens(now)
local at_once = (mode == 'auto' or mode == 'off') and is_sure and line.first_counting(now) == 0
at_once = at_once or mode == 'shadow'
local packed = {}
for kind, lane in string.gmatch(ARGV[8], '(%l+):?(%S*)') do
  local digests, drawn = string.match(ARGV[9 + #packed] or '', '^(%S*) ?(%d*)$')
  local turn = digests ~= '' and line.turn_if_known(digests, tonumber(drawn) or 0, mode, now)
  if not turn then
    local verdict, position = line.join_one(kind, line.lane_in_force(lane), mode, at_once, now)
    if digests ~= '' and position > 0 then
      line.note_identity(string.match(digests, '[^,]+'), position)
    end
    if verdict == 'entered' then
      events[#events + 1] = 'claimed ' .. line.session_id(numbers.generation, position)
    elseif verdict == 'next' then
      events[#events + 1] = string.format('called %d-%d', position, position)
    end
    if verdict == 'waiting' or verdict == 'full' then at_once = false end
    turn = line.turn_of(verdict, position, now)
  end
  packed[#packed + 1] = turn
end
line.note_moves(now)
return line.turns(table.concat(packed), events)
