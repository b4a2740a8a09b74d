-- The beginning of every step: the time, the room, and what the worker has seen of it.

-- The first argument; if it is empty, the server's own clock counts.
function line.time()
  if ARGV[1] ~= '' then return tonumber(ARGV[1]) end
  local parts = redis.call('TIME')
  return tonumber(parts[1]) + tonumber(parts[2]) / 1000000
end

-- What a worker remembers of the room, from the arguments 2 to 7; nil if nothing. The first of them
-- is the room's id, and two times: of the worker's latest reading, and by its monotonic clock.
function line.seen_asked()
  if ARGV[2] == '' then return nil end
  local id, read_at, now, draw, drawn, drawn_at, told, lanes, draw_lanes =
    string.match(ARGV[2], '^(%S+) (%S+) (%S+) (%d+) (%d+) (%S+) (%S*) ?(%S*) ?(%S*)$')
  return {
    room_id = id,
    lanes = lanes,
    read_at = tonumber(read_at),
    now = tonumber(now),
    generation = tonumber(ARGV[3]),
    queue = tonumber(ARGV[4]),
    serving = tonumber(ARGV[5]),
    active = tonumber(ARGV[6]),
    claimed = tonumber(ARGV[7]),
    draw = tonumber(draw),
    drawn = tonumber(drawn),
    drawn_at = tonumber(drawn_at),
    draw_told = told,
    draw_lanes = draw_lanes,
  }
end

-- Read the room. Returns nil, or the reply that says why the step cannot be taken.
function line.refuse(seen)
  if not line.load() then return { 'lost' } end
  if seen and seen.room_id ~= room_id then return { 'foreign', room_id } end
end

function line.begin_by_worker(seen, now, comes_first)
  local events
  now, events = line.begin(now, seen, comes_first)
  if seen then
    line.lift(seen, now)
    line.look_around(now)
  end
  line.follow_draw(now, events)
  return now, events
end

-- The same for a step that needs nothing else before. Returns nil besides, or the reply alone that
-- says why the step cannot be taken.
function line.begin_asked()
  local seen = line.seen_asked()
  local refusal = line.refuse(seen)
  if refusal then return refusal end
  return nil, line.begin_by_worker(seen, line.time())
end

-- Returns the store's time for the step, and what has ended, as events.
function line.begin(now, seen, comes_first)
  local before, passed = numbers.last, now + numbers.ahead - numbers.last
  now = line.begin_at(now, seen, comes_first and line.was_anybody_inside())
  line.note_run(passed, now)
  if line.is_due(now) then line.lay_rules_of_now() end
  line.look_around(now)
  line.stand_still(before, now)
  line.tick(now, line.active())
  line.refill(line.are_coming(now))
  local events = {}
  local gone = line.sessions_expire(now)
  line.follow_shadow(#gone, now)
  line.note_gap(before, now, #gone)
  for _, over in ipairs(gone) do
    if over[2] then
      line.lapse(over[1])
    else
      numbers.expired = numbers.expired + 1
    end
    events[#events + 1] = (over[2] and 'lapsed ' or 'expired ') .. over[1]
  end
  line.note_outcomes(now, events)
  line.door_prune(now, moment.limit + DOOR_SPARE)
  return now, events
end

function line.was_anybody_inside()
  local is_believed = numbers.last < numbers.rebuilt_until and numbers.rebuilt_active > 0
  return is_believed or line.sessions_count() > 0
end

function line.stand_still(before, now)
  local counts = moment.capacity >= 1 and math.min(now - before, STEP_COUNTS) or 0
  if counts > 0 then counts = counts - line.quiet_seconds(before, before + counts) end
  local still = now - before - counts
  numbers.still = numbers.still + still
  line.wait_longer(still)
end

function line.lapse(session)
  numbers.lapsed = numbers.lapsed + 1
  local generation, position = line.place_of(session)
  if generation == numbers.generation and line.clear_bit(SPENT, position) then
    numbers.spent_called = numbers.spent_called - 1
    line.set_bit(LAPSED, position)
  end
end

function line.done(reply)
  line.drop_scratch()
  line.save()
  return reply
end
