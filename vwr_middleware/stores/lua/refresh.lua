-- ARGV: now, what was seen (6), an id if the room must be made, the configuration, the overrides
-- that the worker has seen, the rest of the ask as JSON, positions that polled as packed numbers of
-- four bytes, then more of them as slices of the bitmap: the first byte, the bytes.

-- What the worker brings, by the names of asks.Ask. (The overrides are those of its `seen`.)
function line.asked()
  local ask = cjson.decode(ARGV[11])
  ask.new_id, ask.config, ask.overrides, ask.present = ARGV[8], ARGV[9], ARGV[10], ARGV[12]
  return ask
end

function line.new_room(seen, ask, now)
  redis.call('UNLINK', KEY, SHARERS, ENDED_HOW, MINUTES, unpack(COMPANIONS))
  for _, name in ipairs(SCALARS) do numbers[name] = 0 end
  for _, name in ipairs({ 'limit', 'per_second', 'burst', 'serving' }) do
    numbers['inlet_' .. name] = nil
  end
  numbers.inlet_calls = ask.inlet and 1 or 0 -- nobody is called until a strategy is known
  numbers.generation, numbers.latency, numbers.share = 1, LATENCY_FIRST, 1
  numbers.measured_in = 1
  numbers.born, numbers.last, numbers.tokens_at, numbers.rates_at = now, now, now, now
  numbers.horizon_at, numbers.history_at, numbers.kept_at = now, now, -DAY
  fields.version, fields.config, fields.overrides, fields.adaptive = '1', ask.config, '{}', '{}'
  room_id = ask.new_id
  if seen then
    room_id, numbers.generation = seen.room_id, seen.generation
    numbers.queue = seen.queue + ask.spare
    numbers.skipped_from, numbers.skipped_to = seen.queue, numbers.queue
    numbers.serving, numbers.horizon = seen.serving, seen.serving
    fields.overrides = ask.overrides
    line.take_draw(seen)
  end
  fields.room_id = room_id
  line.lay_rules()
  if seen then
    line.rebuild_lanes(seen.lanes, ask.spare)
    line.lay_drawn()
    local known = ask.totals
    numbers.completed_before = known.completed or 0
    numbers.ended_before = numbers.completed_before + (known.abandoned or 0)
      + (known.revoked or 0) + (known.expired or 0)
    numbers.stock_counted, numbers.measured_in = numbers.completed_before, seen.generation
    numbers.followed_to = seen.read_at > 0 and seen.read_at or now
    line.lay_rules_of_now()
    line.forget_who_came(now)
    if seen.queue > seen.serving then line.forget_who_waits(now + LISTEN) end
    line.let_return(now)
    line.settle(now)
  else
    line.begin_lanes()
    numbers.tokens = 1
  end
  line.erase_all()
  line.empty_sessions()
  if seen then
    line.believe_in(seen)
    numbers.away_from, numbers.away_until = seen.read_at, now
  end
  line.door_clear()
  line.moved_clear()
  redis.call('ZADD', ENDED, '-inf', '')
  redis.call('RPUSH', HISTORY, '')
  redis.call('RPUSH', AUDIT, '')
end

-- Read the room, which is made or rebuilt if it is not there: stores/line_store.py. Returns nil, or the
-- reply that says why it cannot be.
function line.find_or_make(seen, ask, now)
  local refusal = line.refuse(seen)
  if not refusal then
    -- If the store has lost data, the worker must say which sessions have ended.
    if seen and not ask.ended and line.forgot_endings(ask) then return { 'lost' } end
    return nil
  end
  if refusal[1] == 'foreign' or (seen and not ask.ended) then return refusal end
  line.new_room(seen, ask, now)
  if seen then line.list_known_endings(ask.ended, ask.ended_after) end
end

-- Those who polled, as positions and as pages. Positions above the queue counter do not count.
function line.who_polled(ask)
  local positions, pages = {}, {}
  for at = 1, #ask.present, 4 do
    local position = struct.unpack('<I4', ask.present, at)
    if 0 < position and position <= numbers.queue then positions[#positions + 1] = position end
  end
  for i = 13, #ARGV, 2 do
    local page = line.page_up_to({ tonumber(ARGV[i]), ARGV[i + 1] }, numbers.queue)
    if page[2] ~= '' then pages[#pages + 1] = page end
  end
  return positions, pages
end

function line.take_in(ask, seen, now)
  local elsewhere = {}
  if ask.starting and ask.config ~= fields.config then
    fields.config = ask.config
    line.lay_rules()
  end
  if ask.quiet then numbers.quiet_from, numbers.quiet_until = ask.quiet[1], ask.quiet[2] end
  line.take_inlet(ask, seen)
  line.take_stock(ask, now)
  line.look_around(now)
  line.lift_totals(ask.totals)
  line.take_load(ask.load, now)
  line.take_adaptive(ask)
  line.take_told(ask, now)
  line.take_for_operators(ask, now)
  line.keep('queue_log', { now, numbers.queue }, QUEUE_LOG_STEP, QUEUE_LOG_SPAN)
  line.take_window(now)
  if ask.generation == numbers.generation then
    local positions, pages = line.who_polled(ask)
    line.note(positions, pages, numbers.window)
    line.forget_left(ask.moved_after)
    for _, item in ipairs(ask.knocks) do
      local stands = line.knock_noted(item[1], item[2], item[3] == 1, now)
      if stands == 'entered' or stands == 'spent' or stands == 'missed' then
        elsewhere[#elsewhere + 1] = item[1]
      end
    end
  end
  line.hear(now)
  line.gather_on(now)
  line.door_prune(now, moment.limit + DOOR_SPARE)
  return elsewhere
end

-- A worker that is starting does not know yet that an operator has chosen another strategy.
function line.take_inlet(ask, seen)
  local inlet = ask.inlet
  if not inlet or (ask.starting and cjson.decode(fields.overrides).inlet) then return end
  if seen and ask.changes < numbers.changes then return end
  numbers.inlet_calls = inlet.calls
  if inlet.holds then return end
  numbers.inlet_limit, numbers.inlet_per_second = inlet.limit, inlet.per_second
  numbers.inlet_burst, numbers.inlet_serving = inlet.burst, inlet.serving
end

function line.keep_logs(now)
  local span = math.max(HORIZON_LOG_SPAN, rules.claim_within)
  line.keep('serving_log', { now, numbers.serving }, math.max(SERVING_LOG_STEP, rules.claim_within / 60), span)
  line.count_no_shows(now)
  line.keep_turn_log(now)
  local row = { now, numbers.serving, numbers.claimed, numbers.seen_called }
  line.keep('flow_log', row, FLOW_LOG_STEP, FLOW_LOG_SPAN)
  if now - numbers.history_at >= HISTORY_STEP then
    numbers.history_at = now
    local waiting = line.taken_after(numbers.queue)
    local inside, most = line.sessions_count(), moment.limit
    line.add_history({ now, waiting, inside, numbers.claimed, most }, HISTORY_ROWS)
  end
end

-- The keys of an idle room expire in the end. A room in use puts that off, once a day.
function line.put_off_the_end(now)
  if now - numbers.kept_at < DAY then return end
  numbers.kept_at = now
  line.save()
  for _, key in ipairs({ KEY, BOUND, IDENTITIES, MINUTES, unpack(COMPANIONS) }) do
    redis.call('EXPIRE', key, IDLE)
  end
end

function line.read(ask, elsewhere, now, events)
  if ask.ended_after > numbers.ended_last or ask.moved_after > numbers.moved_last then
    numbers.fell_back = numbers.fell_back + 1
  end
  local snapshot = line.take_snapshot(ask, now, events)
  snapshot.elsewhere = line.pack_row(elsewhere)
  local reply = line.snapshot_reply(snapshot)
  numbers.ended_last = math.max(numbers.ended_last, ask.ended_after)
  numbers.moved_last = math.max(numbers.moved_last, ask.moved_after)
  return reply
end

function line.to_tell(ask, events)
  if not ask.tells then
    line.tell_later(events)
    return {}
  end
  if fields.untold ~= '' then
    table.insert(events, 1, fields.untold)
    fields.untold = ''
  end
  return events
end

local seen, ask, now = line.seen_asked(), line.asked(), line.time()
local refusal = line.find_or_make(seen, ask, now)
if refusal then return refusal end
local events
now, events = line.begin_by_worker(seen, now, ask.starting or not ask.tells)
line.lift_overrides(ask)
if ask.ended and line.forgot_endings(ask) then
  line.end_again_forgotten(ask.ended, ask.ended_after, seen, now)
end
line.was_away(seen, ask, now)
line.follow_schedule(now)
local elsewhere = line.take_in(ask, seen, now)
events[#events + 1] = line.evaluate(now)
events[#events + 1] = line.note_gone(now)
line.move_horizon(now)
line.keep_logs(now)
events[#events + 1] = line.settle_ranges(now)
if ask.generation == numbers.generation then line.take_ranges(ask, now) end
line.keep_minute(ask.sightings or {}, ask.silent or 0, now)
line.keep_lane_minute(ask.sightings and ask.sightings[9] or {}, now)
line.note_moves(now)
line.put_off_the_end(now)
return line.done(line.read(ask, elsewhere, now, line.to_tell(ask, events)))
