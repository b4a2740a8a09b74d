-- What a worker reads of a room, in the order of NUMBERS in redis/wire.py.

function line.take_snapshot(ask, now, events)
  line.trim_ended(now)
  local free = line.available(now)
  local first = line.first_counting(now)
  local inside, most = line.active(now), line.limit()
  local known = line.known(ask.ended_after, numbers.ended_last)
  local ended = line.ended_after(known, ENDED_AT_ONCE)
  local ended_last, how = numbers.ended_last, {}
  if #ended > 0 then
    ended_last = line.ended_number(ended[#ended])
    how = line.how_ended(known, ended_last)
  end
  local known_moves = line.known(ask.moved_after, numbers.moved_last)
  local moved, moved_last = line.moved_after(known_moves, ENDED_AT_ONCE)
  local reach = math.min(numbers.horizon, numbers.queue)
  local per_second = line.pace()
  local oldest, waited = line.waits(now)
  local row = {
    now, numbers.generation, numbers.queue, numbers.serving, numbers.horizon, most, inside,
    line.sessions_count_unconfirmed(), per_second or NONE, numbers.tokens, numbers.credit,
    numbers.inlet_serving or NONE, numbers.serving - numbers.spent_called, line.expected(now),
    free, line.door_count(), line.admit_up_to(free, now), first, line.hazard(most),
    numbers.flow, numbers.latency, numbers.share,
    line.present(numbers.serving, reach, numbers.window),
    line.count_bits(SEEN, reach, numbers.queue),
    numbers.first_claim, numbers.marks_at, numbers.limit_changed, numbers.adaptive_version,
    ended_last, numbers.rebuilt_until, oldest, waited, moved_last,
    numbers.ahead, numbers.fell_back, numbers.changes,
  }
  for _, seconds in ipairs({ 5, 15, 30, 60 }) do
    row[#row + 1] = line.sessions_ending_by(now + seconds)
  end
  for _, sum in ipairs(line.load_sums()) do row[#row + 1] = sum end
  for _, name in ipairs(TOTAL_NAMES) do row[#row + 1] = numbers[name] end
  return {
    'ok', room_id, line.pack_row(row), rules.mode, line.state(now, first > 0, free), fields.config,
    fields.overrides, line.door_marks(DOOR_MARKS), fields.serving_log, fields.flow_log,
    fields.scores,
    fields.adaptive, table.concat(ended, ' '), table.concat(how, ' '), table.concat(events, ' '),
    moved,
  }
end

function line.known(number, last) return number <= last and number or 0 end

function line.admit_up_to(free, now)
  if free < 1 then return 0 end
  local position = line.door_nth(free, now)
  return position ~= 0 and position or numbers.serving
end

function line.state(now, anybody_waits, free)
  local mode = line.mode_at(now)
  if mode == 'paused' or mode == 'scheduled' or mode == 'closed' or mode == 'off' then
    return mode
  end
  return (mode == 'queue' or anybody_waits or free < 1) and 'queueing' or 'open'
end

function line.trim_ended(now)
  local points = line.unpack_rows(fields.ended_checkpoints, 3)
  local grace = rules.outage_grace or OUTAGE_GRACE
  if #points == 0 or now - points[#points][1] >= (numbers.tokens_until + grace - now) / 20 then
    points[#points + 1] = { now, numbers.ended_last, numbers.tokens_until }
  end
  local passed = 0
  while passed < #points and points[passed + 1][3] + grace <= now do passed = passed + 1 end
  if passed > 0 then line.ended_drop(points[passed][2]) end
  fields.ended_checkpoints = string.sub(line.pack_rows(points), passed * 24 + 1)
end
