-- How a room is brought up to date after its store has lost data: line/data_loss.py says why.

function line.note_gap(before, now, ran_out)
  if now - before < GAP_LEAST then return end
  numbers.gap_from, numbers.gap_until, numbers.gap_lost = before, now, ran_out
end

function line.was_away(seen, ask, now)
  if not seen or numbers.gap_lost == 0 or now - numbers.gap_until > GAP_TOLD then return end
  if ask.away == 0 or now - ask.away > numbers.gap_from + GAP_LEAST then return end
  local lost = numbers.gap_lost
  numbers.gap_lost = 0
  numbers.away_from, numbers.away_until = numbers.gap_from, numbers.gap_until
  line.let_return(now)
  numbers.outage_until = numbers.rebuilt_until
  local most = seen.active - line.sessions_count()
  local believed = math.min(numbers.rebuilt_active + lost, most)
  numbers.rebuilt_active = math.max(numbers.rebuilt_active, believed)
end

function line.lift_overrides(ask)
  if ask.changes > numbers.changes then
    numbers.changes, fields.overrides = ask.changes, ask.overrides
    line.lay_rules()
  end
end

function line.lift(seen, now)
  local generation, queue, serving = numbers.generation, numbers.queue, numbers.serving
  local forgot_sessions = seen.claimed > numbers.claimed
  line.lift_counters(seen, now)
  local is_lifted = numbers.generation > generation or numbers.queue > queue
  if is_lifted or numbers.serving > serving or forgot_sessions then
    line.let_return(now)
    line.hold_slots(now)
  end
  if numbers.serving > serving then line.forget_who_came(now) end
  if forgot_sessions then line.believe_in(seen) end
end

function line.lift_totals(known)
  for name, total in pairs(known or {}) do -- an earlier release tells none
    if name ~= 'claimed' and numbers[name] then numbers[name] = math.max(numbers[name], total) end
  end
end

function line.let_return(now)
  if now >= numbers.rebuilt_until then numbers.rebuilt_active = 0 end
  local ends = now + (rules.session_seconds + rules.session_grace)
  numbers.rebuilt_until = math.max(numbers.rebuilt_until, ends)
  numbers.tokens_until = math.max(numbers.tokens_until, ends)
end

function line.number_above(known)
  numbers.ended_last = math.max(numbers.ended_last, known) + ENDED_AT_ONCE
end

function line.believe_in(seen)
  numbers.claimed = seen.claimed
  local lost = seen.active - line.sessions_count()
  numbers.rebuilt_active = math.max(numbers.rebuilt_active, lost)
end

function line.lift_counters(seen, now)
  if line.was_drawn_meanwhile(seen) then
    line.draw(seen.drawn, seen.draw_lanes, now)
    if seen.draw_told ~= '' then fields.draw_told = seen.draw_told end
    if seen.drawn_at > 0 then numbers.drawn_at = seen.drawn_at end
  elseif seen.generation > numbers.generation then
    line.count_up()
    line.new_generation(seen.generation)
    line.count_from()
    numbers.followed_to = math.max(numbers.followed_to, line.wall(numbers.last))
  end
  if seen.generation < numbers.generation then return end
  line.lift_draw(seen)
  numbers.queue = math.max(numbers.queue, seen.queue)
  line.lift_lanes(seen.lanes)
  if seen.serving > numbers.serving then line.raise_serving(seen.serving) end
end
