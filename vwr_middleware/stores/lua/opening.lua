-- The beginning of every step: the time, the room, and what the worker has seen of it.

local VERDICTS = {}
for i, verdict in ipairs(VERDICT_NAMES) do VERDICTS[verdict] = i - 1 end

-- An empty argument means that the server's own clock counts.
function line.time(argument)
  if argument ~= '' then return tonumber(argument) end
  local parts = redis.call('TIME')
  return tonumber(parts[1]) + tonumber(parts[2]) / 1000000
end

-- What a worker remembers of the room, from six arguments; nil if nothing.
function line.seen_from(at)
  if ARGV[at] == '' then return nil end
  return {
    room_id = ARGV[at],
    generation = tonumber(ARGV[at + 1]),
    queue = tonumber(ARGV[at + 2]),
    serving = tonumber(ARGV[at + 3]),
    active = tonumber(ARGV[at + 4]),
    claimed = tonumber(ARGV[at + 5]),
  }
end

-- Let sessions that the store does not know come back, until each must have expired.
function line.let_return(now)
  if now >= numbers.rebuilt_until then numbers.rebuilt_active = 0 end
  local ends = now + (rules.session_seconds + rules.session_grace)
  numbers.rebuilt_until = math.max(numbers.rebuilt_until, ends)
  numbers.tokens_until = math.max(numbers.tokens_until, ends)
end

function line.lift(seen, now)
  local generation, queue, serving = numbers.generation, numbers.queue, numbers.serving
  local forgot_sessions = seen.claimed > numbers.claimed
  line.lift_counters(seen)
  local is_lifted = numbers.generation > generation or numbers.queue > queue
  if is_lifted or numbers.serving > serving or forgot_sessions then line.let_return(now) end
  if forgot_sessions then line.believe_in(seen) end
end

-- Believe that the sessions run that a worker has seen, beyond those that the store knows.
function line.believe_in(seen)
  numbers.claimed = seen.claimed
  local lost = seen.active - line.sessions_count()
  numbers.rebuilt_active = math.max(numbers.rebuilt_active, lost)
end

function line.lift_counters(seen)
  if seen.generation > numbers.generation then line.new_generation(seen.generation) end
  if seen.generation < numbers.generation then return end
  numbers.queue = math.max(numbers.queue, seen.queue)
  if seen.serving > numbers.serving then line.call(seen.serving) end
end

function line.enter(seen, now)
  local events
  now, events = line.begin(now)
  if seen then line.lift(seen, now) end
  return now, events
end

-- Read the room. Returns nil, or the reply that says why the step cannot be taken.
function line.refuse(seen)
  if not line.load() then return { 'lost' } end
  if seen and seen.room_id ~= room_id then return { 'foreign', room_id } end
end

function line.done(reply)
  line.drop_scratch()
  line.save()
  return reply
end
