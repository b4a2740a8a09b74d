-- What a worker reads of a room: line/snapshot.py.

-- Returns the fields of a snapshot by name, but for those that `line.snapshot_reply` adds.
function line.take_snapshot(ask, now, events)
  line.trim_ended(now)
  local free = line.available()
  local first = line.first_counting(now)
  local inside, most = line.active(), moment.limit
  local known = line.known(ask.ended_after, numbers.ended_last)
  local ended = line.ended_after(known, ENDED_AT_ONCE)
  local ended_last, how = numbers.ended_last, {}
  if #ended > 0 then
    ended_last = line.ended_number(ended[#ended])
    how = line.how_ended(known, ended_last)
  end
  local known_moves = line.known(ask.moved_after, numbers.moved_last)
  local moved, moved_last = line.moved_after(known_moves, ENDED_AT_ONCE)
  local present_ahead, seen_ahead = line.people_ahead(math.min(numbers.horizon, numbers.queue))
  local oldest, waited = line.waits(now)
  local found = {
    now = now,
    room_id = room_id,
    mode = rules.mode,
    state = line.state(now, first > 0, free),
    limit = most,
    active = inside,
    unconfirmed = line.sessions_count_unconfirmed(),
    per_second = moment.per_second,
    ceiling = numbers.inlet_serving,
    called = line.count_called(now),
    skipped = line.skipped(),
    expected = line.expected(now),
    free = free,
    door = line.door_marks(DOOR_MARKS),
    door_size = line.door_count(),
    admit_up_to = line.admit_up_to(free, now),
    first_counting = first,
    hazard = line.hazard(most),
    present_ahead = present_ahead,
    seen_ahead = seen_ahead,
    load = line.pack_row(line.load_sums()),
    record = line.pack_row(line.record(now)),
    ended = table.concat(ended, ' '),
    how_ended = table.concat(how, ' '),
    ended_last = ended_last,
    oldest = oldest,
    waited = waited,
    events = table.concat(events, ' '),
    moved = moved,
    moved_last = moved_last,
    clocks_apart = line.clocks_apart(now),
    stock_left = rules.stock_left or (numbers.stock_at > 0 and numbers.stock or nil),
    stock_turn = line.grant(ask, now),
    draw_lanes = line.is_drawn() and fields.draw_lanes or '',
  }
  local expiring, totals = {}, {}
  for i, seconds in ipairs(EXPIRING_WITHIN) do
    expiring[i] = line.sessions_ending_by(now + seconds)
  end
  for i, name in ipairs(TOTAL_NAMES) do totals[i] = numbers[name] end
  found.expiring, found.totals = line.pack_row(expiring), line.pack_row(totals)
  return found
end

-- What is not in `found` is the room's own number or text of that name.
function line.snapshot_reply(found)
  line.write_lanes()
  local row, reply = {}, { 'ok', '' }
  for i, name in ipairs(SNAPSHOT_NUMBERS) do row[i] = found[name] or numbers[name] or NONE end
  for i, name in ipairs(SNAPSHOT_TEXTS) do reply[i + 2] = found[name] or fields[name] end
  reply[2] = line.pack_row(row)
  return reply
end

function line.people_ahead(reach)
  local present = line.present(numbers.serving, reach, numbers.window)
  if rules.counts_unheard then
    return present + line.newcomers(numbers.serving, reach, 0), numbers.queue - reach
  end
  return present, line.count_bits(SEEN, reach, numbers.queue)
end

function line.skipped()
  local after, to = math.max(numbers.serving, numbers.skipped_from), numbers.skipped_to
  local seen = line.count_bits(SEEN, after, to)
  if fields.layout == '' then return math.max(0, to - after) - seen end
  local free = numbers.queue - numbers.serving - line.taken_after(numbers.queue)
  return free + math.max(0, line.taken(after, math.max(after, to)) - seen)
end

function line.known(number, last) return number <= last and number or 0 end

function line.admit_up_to(free, now)
  if free < 1 then return 0 end
  local position = line.door_nth(free, now)
  return position ~= 0 and position or numbers.serving
end

function line.state(now, anybody_waits, free)
  local mode = moment.mode
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
