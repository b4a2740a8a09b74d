-- What a worker reads of a room, in the order of NUMBERS in redis_wire.py.

local DOOR_MARKS = 50

local function trim_ended(now)
  local points = unpack_rows(fields.ended_checkpoints, 3)
  if #points == 0 or now - points[#points][1] >= (numbers.tokens_until - now) / 20 then
    points[#points + 1] = { now, numbers.ended_last, numbers.tokens_until }
  end
  local passed = 0
  while passed < #points and points[passed + 1][3] <= now do passed = passed + 1 end
  if passed > 0 then ended_drop(points[passed][2]) end
  fields.ended_checkpoints = string.sub(pack_rows(points), passed * 24 + 1)
end

local function first_counting(now)
  local fresh = fresh_after(now)
  local position, found = nth_counting(numbers.serving, numbers.queue, 1, numbers.window, fresh)
  return found > 0 and position or 0
end

local function admit_up_to(free, now)
  if free < 1 then return 0 end
  local position = door_nth(free, now)
  return position ~= 0 and position or numbers.serving
end

local function state(now, anybody_waits, free)
  local mode = mode_at(now)
  if mode == 'paused' or mode == 'scheduled' or mode == 'closed' or mode == 'off' then
    return mode
  end
  if mode == 'queue' or anybody_waits or free < 1 or capacity(now) < 1 then return 'queueing' end
  return 'open'
end

local function take_snapshot(ended_after_number, now, events)
  trim_ended(now)
  local free = available(now)
  local first = first_counting(now)
  local inside, most = active(now), limit()
  local known = ended_after_number <= numbers.ended_last and ended_after_number or 0
  local ended = ended_after(known, ENDED_AT_ONCE)
  local ended_from, ended_last = numbers.ended_last, numbers.ended_last
  if #ended > 0 then
    ended_from, ended_last = ended_number(ended[1]) - 1, ended_number(ended[#ended])
  end
  local reach = math.min(numbers.horizon, numbers.queue)
  local per_second = pace()
  local row = {
    now, numbers.generation, numbers.queue, numbers.serving, numbers.horizon, most, inside,
    sessions_count_first(), per_second or NONE, numbers.tokens, numbers.credit,
    numbers.inlet_serving or NONE, numbers.serving - numbers.spent_called, expected(now),
    math.max(0, numbers.queue - numbers.serving), free, door_count(), admit_up_to(free, now),
    first, hazard(most), numbers.flow, numbers.latency, numbers.share,
    present(numbers.serving, reach, numbers.window), count_bits(SEEN, reach, numbers.queue),
    numbers.first_claim, numbers.marks_at, numbers.limit_changed, numbers.adaptive_version,
    ended_from, ended_last, numbers.rebuilt_until,
  }
  for _, seconds in ipairs({ 5, 15, 30, 60 }) do
    row[#row + 1] = sessions_ending_by(now + seconds)
  end
  for _, sum in ipairs(load_sums(now)) do row[#row + 1] = sum end
  for _, name in ipairs(TOTAL_NAMES) do row[#row + 1] = numbers[name] end
  return {
    'ok', room_id, pack_row(row), rules.mode, state(now, first > 0, free), fields.config,
    fields.overrides, door_marks(DOOR_MARKS), fields.serving_log, fields.flow_log, fields.scores,
    fields.adaptive, table.concat(ended, ' '), table.concat(events, ' '),
  }
end
