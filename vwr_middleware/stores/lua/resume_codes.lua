-- Moved places, resume codes and identities, as line/state.py says.

-- The numbered list of moved places: number and device in one score, which a double holds exactly.
local DEVICES = 65536

function line.score_of(number, device)
  return string.format('%.17g', number * DEVICES + device)
end

function line.number_in(score) return math.floor(tonumber(score) / DEVICES) end

function line.device_in(score) return tonumber(score) % DEVICES end

function line.moved_get(position)
  local score = redis.call('ZSCORE', MOVED, position)
  return score and line.device_in(score) or nil
end

function line.moved_append(position, device)
  numbers.moved_last = numbers.moved_last + 1
  redis.call('ZADD', MOVED, line.score_of(numbers.moved_last, device), position)
end

-- Entries with a greater number as packed doubles, position and device, and the last one's number.
function line.moved_after(number, most)
  if number >= numbers.moved_last then return '', numbers.moved_last end
  local after = '(' .. line.score_of(number, DEVICES - 1)
  local found =
    redis.call('ZRANGEBYSCORE', MOVED, after, '+inf', 'WITHSCORES', 'LIMIT', 0, most)
  local rows, last = {}, numbers.moved_last
  for i = 1, #found, 2 do
    local position, score = tonumber(found[i]), found[i + 1]
    rows[#rows + 1] = struct.pack('<dd', position, line.device_in(score))
    last = line.number_in(score)
  end
  return table.concat(rows), last
end

function line.moved_clear()
  redis.call('UNLINK', MOVED, CODES, CODES_END, IDENTITIES)
  redis.call('ZADD', MOVED, '-inf', '')
  redis.call('EXPIRE', MOVED, IDLE)
end

-- Codes, in one hash: under a code's hash what it is for, under its place which code that has.

function line.code_get(code, now)
  local text = redis.call('HGET', CODES, code)
  if not text then return nil end
  local position, ends, device, attempt = string.match(text, '^(%S+) (%S+) (%S+) (.*)$')
  if tonumber(ends) <= now then return nil end
  position, device = tonumber(position), tonumber(device)
  return { position = position, ends = ends, device = device, attempt = attempt }
end

function line.code_put(code, position, ends, device, attempt)
  local place = 'p' .. string.format('%d', position)
  line.codes_drop({ code, redis.call('HGET', CODES, place) or nil })
  local text = string.format('%d %s %d %s', position, ends, device, attempt)
  redis.call('HSET', CODES, code, text, place, code)
  redis.call('ZADD', CODES_END, ends, code)
  redis.call('EXPIRE', CODES, DAY)
  redis.call('EXPIRE', CODES_END, DAY)
end

function line.codes_drop(codes)
  for _, code in ipairs(codes) do
    local text = redis.call('HGET', CODES, code)
    if text then redis.call('HDEL', CODES, code, 'p' .. string.match(text, '^%S+')) end
    redis.call('ZREM', CODES_END, code)
  end
end

function line.codes_prune(now)
  local over = string.format('%.17g', now)
  line.codes_drop(redis.call('ZRANGEBYSCORE', CODES_END, '-inf', over))
end

function line.has_room_for_code(position)
  local kept_codes = redis.call('ZCARD', CODES_END)
  return kept_codes < CODES_POLLED or (kept_codes < CODES_MOST and line.get_bit(SEEN, position))
end

-- Identities, each with its place as a session's id: an older release, which does not know them,
-- may have begun a generation without clearing them.

function line.identities_get(identity)
  local session = redis.call('HGET', IDENTITIES, identity)
  if not session then return nil end
  local generation, position = string.match(session, '^(%d+)-(-?%d+)$')
  generation, position = tonumber(generation), tonumber(position)
  local first = line.is_drawn() and numbers.generation - 1 or numbers.generation
  return first <= generation and generation <= numbers.generation and position or nil
end

function line.identities_put(identity, position)
  redis.call('HSET', IDENTITIES, identity, line.session_id(numbers.generation, position))
  redis.call('EXPIRE', IDENTITIES, IDLE)
end
