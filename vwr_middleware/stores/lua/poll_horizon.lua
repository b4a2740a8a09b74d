-- The horizon, up to which the room must know who is present: line/poll_horizon.py says why.

function line.move_horizon(now)
  local step = line.listens(now) and SILENT_STEP or HORIZON_STEP
  if now - numbers.horizon_at < step then return end
  numbers.horizon_at = now
  line.learn_share(now)
  local need = line.needed(now)
  line.note_starvation(need, now)
  local span = need / math.max(SHARE_LEAST, numbers.share) * 2 ^ numbers.starved
  local count = math.floor(span) + 1
  local reached, found = line.nth_seen(numbers.serving, numbers.queue, count)
  reached = math.min(numbers.queue, reached + count - found)
  numbers.horizon = math.max(numbers.horizon, reached)
  line.keep('horizon_log', { now, numbers.horizon }, HORIZON_LOG_STEP, HORIZON_LOG_SPAN)
end

function line.needed(now)
  local most, inside = moment.limit, line.active()
  local age = numbers.first_claim ~= 0 and now - numbers.first_claim or 0
  local leaving, guess = line.hazard(most) * inside, inside / (FIRST_STAY + age)
  local rate = math.max(leaving, numbers.flow, numbers.flow_short, guess)
  local need = NEAR_COUNT
  for _ = 1, HORIZON_ROUNDS do
    local far = rate > 0 and line.clamp(POLL_PART * need / rate, NEAR_MOST, FAR_MOST) or FAR_MOST
    local until_known = far * POLL_LATE + HORIZON_LATE + PRESENCE_WINDOW
    need = math.max(NEAR_COUNT, most + rate * until_known)
  end
  return need
end

function line.learn_share(now)
  local mature = math.min(line.log_value('horizon_log', now - HORIZON_LOG_SPAN), numbers.queue)
  local seen = line.count_bits(SEEN, numbers.serving, mature)
  if seen >= SHARE_SAMPLE then
    local here = line.present(numbers.serving, mature, numbers.window)
    numbers.share = numbers.share + SHARE_WEIGHT * (here / seen - numbers.share)
  end
end

function line.note_starvation(need, now)
  if line.wanted(now) < 1 then
    numbers.starved = 0
    return
  end
  local reach = math.min(numbers.queue, numbers.horizon)
  local stock = math.floor(need)
  local _, found = line.nth_who_counts(reach, stock, now)
  if found < stock and now - numbers.starved_at >= STARVED_STEP then
    numbers.starved_at = now
    numbers.starved = math.min(STARVED_MOST, numbers.starved + 1)
  end
end
