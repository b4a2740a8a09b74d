-- The draw: line/draw.py.

function line.opening_of() return rules.draw and rules.opens_at or nil end

function line.comes_too_early(now)
  local begins = numbers.draw == REGISTERING and rules.draw and rules.draw_from or nil
  return begins ~= nil and line.wall(now) < begins
end

-- Adds to the events of the step.
function line.follow_draw(now, events)
  if numbers.draw == NO_DRAW and not rules.draw then return end
  local mode = line.mode_by(line.wall(now))
  if numbers.draw == REGISTERING then
    if mode == 'auto' or mode == 'queue' or mode == 'paused' then
      line.draw_if_settled(now, events)
    end
  elseif numbers.draw == DRAWN and mode == 'closed' then
    numbers.draw = DRAW_OVER
  elseif numbers.draw == DRAW_OVER and mode ~= 'closed' and mode ~= 'scheduled' then
    numbers.draw = DRAWN
  elseif numbers.draw ~= DRAWN and mode == 'scheduled' and line.opening_of() then
    line.begin_to_register()
  end
end

function line.begin_to_register()
  if numbers.draw ~= NO_DRAW or numbers.serving > 0 then
    line.count_up()
    line.new_generation(numbers.generation + 1)
    line.count_from()
  else
    line.keep_by_number()
  end
  numbers.draw = REGISTERING
end

function line.keep_by_number()
  local rows = redis.call('ZRANGE', MOVED, 1, -1, 'WITHSCORES')
  for i = 1, #rows, 2 do
    redis.call('ZREM', MOVED, rows[i])
    line.moved_append(-tonumber(rows[i]), line.device_in(rows[i + 1]))
  end
  if numbers.subscribers > 0 then
    for _, position in ipairs(line.subscribed_after(0, numbers.subscribers)) do
      local kept = line.subscription_get(position)
      line.subscription_remove(position)
      line.subscription_put(-tonumber(position), kept)
    end
  end
  redis.call('UNLINK', CODES, CODES_END)
end

function line.draw_if_settled(now, events)
  if now < math.max(numbers.numbers_from, numbers.slots_from) or numbers.doubted_at ~= 0 then
    return
  end
  local lanes, count = line.word_of_draw()
  line.draw(count, lanes, now)
  local before = lanes ~= '' and '{"generation":%d,"told":"%s","lanes":"%s"}'
    or '{"generation":%d,"told":"%s"}'
  before = string.format(before, numbers.generation - 1, fields.draw_told, lanes)
  line.add_audit(now, '', 'draw', before, numbers.drawn)
  events[#events + 1] = string.format('drawn %d', numbers.drawn)
end

function line.draw(count, lanes, now)
  local told, beacon = fields.draw_told, rules.draw_beacon
  if beacon and beacon ~= '' and not string.find(told, ':', 1, true) then
    told = told .. ':' .. string.gsub(beacon, '.', function(byte)
      return string.format('%02x', string.byte(byte))
    end)
  end
  line.forget_set_beacon()
  line.count_up()
  line.new_generation(numbers.generation + 1, true)
  numbers.draw, fields.draw_told = DRAWN, told
  numbers.drawn, fields.draw_lanes = count, lanes
  if lanes ~= '' then
    line.lay_drawn()
  else
    numbers.queue = count
    line.lay_behind()
  end
  numbers.drawn_at = line.wall(now)
  fields.queue_log = line.pack_row({ now - QUEUE_LOG_SPAN, numbers.queue })
  line.count_from()
  if count > 0 and not rules.counts_unheard then
    local within = line.look_within(count)
    if now - numbers.opening_changed < OPENING_KNOWN then
      within = count <= LOOKS_MOST and NEAR_MOST or FAR_MOST
    end
    numbers.gathers_until = now + within * POLL_LATE + HORIZON_LATE
    numbers.gathers_most = numbers.gathers_until + GATHER_MOST
  end
  numbers.horizon, numbers.horizon_at = line.nth_taken(math.floor(line.needed(now)) + 1), now
end

function line.gather_on(now)
  local is_over = numbers.serving > 0 or numbers.gathers_until >= numbers.gathers_most
  if is_over or now < numbers.gathers_until - GATHER_STEP / 2 then return end
  local heard = line.count_bits(SEEN, 0, line.last_near())
  if heard * GATHER_PART > numbers.gathered * (GATHER_PART + 1) then
    numbers.gathers_until = math.min(numbers.gathers_most, now + GATHER_STEP)
    numbers.gathered = heard
  else
    numbers.gathers_most = numbers.gathers_until
  end
end

function line.look_within(count)
  return math.max(NEAR_LEAST, math.min(FIRST_LOOK_MOST, count / FIRST_LOOKS))
end

function line.take_told(ask, now)
  local told = fields.draw_told
  if numbers.draw ~= REGISTERING or ask.generation ~= numbers.generation then return end
  local commitment = string.match(ask.draw_told, '^[^:]*')
  if told == '' then
    told, fields.draw_told = commitment, commitment
  end
  if told == commitment and ask.draw_told ~= commitment and line.is_near(now) then
    fields.draw_told = ask.draw_told
  end
end

function line.is_near(now)
  local opens_at = line.opening_of()
  return opens_at and opens_at - line.wall(now) <= BEACON_MOST
end

function line.forget_beacon(now)
  local opens_at = line.opening_of()
  if numbers.draw == REGISTERING and opens_at and opens_at > line.wall(now) then
    fields.draw_told = string.match(fields.draw_told, '^[^:]*')
  end
end

function line.is_put_off(before)
  local opens_at = line.opening_of()
  return numbers.draw == REGISTERING and opens_at and before and opens_at > before
end

-- Returns what it was, as a text of JSON; nil if none was set.
function line.forget_set_beacon()
  local overrides = cjson.decode(fields.overrides)
  local beacon = overrides.draw_beacon
  if not beacon or beacon == 'null' then return nil end
  overrides.draw_beacon = nil
  fields.overrides = cjson.encode(overrides)
  line.lay_rules_of_now()
  return beacon
end

function line.take_draw(seen)
  numbers.draw, numbers.drawn, fields.draw_told = seen.draw, seen.drawn, seen.draw_told
  numbers.drawn_at, fields.draw_lanes = seen.drawn_at, seen.draw_lanes
end

function line.knows_more_of_draw(seen)
  if seen.draw > NO_DRAW and numbers.draw == NO_DRAW then return true end
  if seen.draw_lanes ~= '' then return line.knows_more_of_drawn(seen.draw_lanes) end
  return seen.drawn > numbers.drawn and fields.draw_lanes == ''
end

function line.lift_draw(seen)
  if line.knows_more_of_draw(seen) then
    numbers.draw, numbers.drawn = seen.draw, seen.drawn
    line.lift_drawn_lanes(seen.draw_lanes)
    if seen.draw_told ~= '' then fields.draw_told = seen.draw_told end
    if seen.drawn_at > 0 then numbers.drawn_at = seen.drawn_at end
  elseif fields.draw_told == '' then
    fields.draw_told = seen.draw_told
  end
end

function line.was_drawn_meanwhile(seen)
  local is_next = seen.generation == numbers.generation + 1
  return numbers.draw == REGISTERING and is_next and seen.draw >= DRAWN
end
