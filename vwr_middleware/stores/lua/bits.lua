-- Bitmaps with one bit for each position: the questions of line/bits.py, answered by BITCOUNT on a
-- bitmap or, where several must be combined, on slices of them in scratch keys.

local SEEN, SPENT, IN_TIME, LAPSED = 3, 4, 5, 6
local FIRST_SLICE = 1024
local MARKER = '\128' -- bit 0, which is no position: the bitmap is there, even if nobody is in it
local scratched = false

-- Presence windows are made again every few seconds, and only those in line matter in them. So in a
-- room that has handed out MANY numbers they begin CALLED_MOST before the serving counter. At a
-- hundred million, making one for all positions would block the server for some 50 ms.
local MANY = 4000000

-- The byte of the whole bitmap with which the kept part begins. What lies before it is left out.
function line.first_byte(kind) return numbers['from' .. kind] or 0 end

-- What is written to scratch keys need not reach replicas or the append-only file.
function line.unreplicated(...)
  redis.set_repl(redis.REPL_NONE)
  local reply = redis.call(...)
  redis.set_repl(redis.REPL_ALL)
  return reply
end

function line.drop_scratch()
  if scratched then line.unreplicated('DEL', SCRATCH, SCRATCH_B, SCRATCH_C) end
end

function line.erase(kind)
  redis.call('UNLINK', BITMAPS[kind])
  redis.call('SET', BITMAPS[kind], MARKER, 'EX', IDLE)
end

function line.erase_window(kind, first)
  line.erase(kind)
  numbers['from' .. kind] = first
end

function line.erase_all()
  for kind = 0, 2 do line.erase_window(kind, 0) end
  for kind = 3, 6 do line.erase(kind) end
end

function line.rotate(old, new)
  if new == old then return end
  local from, to = old + 1, new + 1
  if new - old >= 3 then from, to = 0, 2 end
  local first = numbers.serving < MANY and 0 or math.floor((numbers.serving - CALLED_MOST) / 8)
  for window = from, to do line.erase_window(window % 3, first) end
end

function line.set_bit(kind, position) redis.call('SETBIT', BITMAPS[kind], position, 1) end

function line.get_bit(kind, position)
  return redis.call('GETBIT', BITMAPS[kind], position) == 1
end

-- Clear a bit; returns whether it was set. (Clearing one beyond the end would lengthen the bitmap.)
function line.clear_bit(kind, position)
  local place = position - 8 * line.first_byte(kind)
  if place < 0 or redis.call('GETBIT', BITMAPS[kind], place) == 0 then return false end
  redis.call('SETBIT', BITMAPS[kind], place, 0)
  return true
end

function line.forget(position)
  for window = 0, 2 do line.clear_bit(window, position) end
  line.set_bit(SEEN, position)
end

function line.spend(position)
  if line.get_bit(SPENT, position) then return false end
  line.set_bit(SPENT, position)
  return true
end

-- Redis before 7 counts whole bytes: less what is set before the first bit and behind the last one.
function line.count_in_bytes(key, first, last)
  local from, to = math.floor(first / 8), math.floor(last / 8)
  local before = line.ones(key, from, 256 - 2 ^ (8 - first % 8))
  local behind = line.ones(key, to, 2 ^ (7 - last % 8) - 1)
  return redis.call('BITCOUNT', key, from, to) - before - behind
end

function line.ones(key, place, mask)
  local byte, count = string.byte(redis.call('GETRANGE', key, place, place)), 0
  local bits = bit.band(byte or 0, mask)
  while bits > 0 do
    bits, count = bit.band(bits, bits - 1), count + 1
  end
  return count
end

function line.count_in(key, after, to)
  if to <= after then return 0 end
  if not redis.REDIS_VERSION_NUM then return line.count_in_bytes(key, after + 1, to) end
  return redis.call('BITCOUNT', key, after + 1, to, 'BIT')
end

function line.count_bits(kind, after, to) return line.count_in(BITMAPS[kind], after, to) end

-- "Ever seen" as bytes, from byte `start` to that of `to`, and with 1 for all positions up to
-- `after`: a 0 is a newcomer.
function line.seen_or_early(after, to, start)
  local from, last = math.floor((after + 1) / 8), math.floor(to / 8)
  local seen = redis.call('GETRANGE', BITMAPS[SEEN], from, last)
  seen = seen .. string.rep('\0', last - from + 1 - #seen)
  local early = 256 - 2 ^ (8 - (after + 1) % 8)
  local head = string.char(bit.bor(string.byte(seen), early))
  return string.rep('\255', from - start) .. head .. string.sub(seen, 2)
end

function line.bytes(kind, start, last)
  local first = line.first_byte(kind)
  return redis.call('GETRANGE', BITMAPS[kind], start - first, last - first)
end

-- Collect those of (after, to] who count as present in a key. Returns it and its bit 0's position.
function line.counting(after, to, window, fresh)
  local start, last = math.floor((after + 1) / 8), math.floor(to / 8)
  scratched = true
  local one = line.bytes(window % 3, start, last)
  local other = line.bytes((window - 1) % 3, start, last)
  redis.set_repl(redis.REPL_NONE)
  redis.call('SET', SCRATCH, one)
  redis.call('SET', SCRATCH_B, other)
  if fresh < to then
    redis.call('SET', SCRATCH_C, line.seen_or_early(math.max(after, fresh), to, start))
    redis.call('BITOP', 'NOT', SCRATCH_C, SCRATCH_C)
    redis.call('BITOP', 'OR', SCRATCH, SCRATCH, SCRATCH_B, SCRATCH_C)
  else
    redis.call('BITOP', 'OR', SCRATCH, SCRATCH, SCRATCH_B)
  end
  redis.set_repl(redis.REPL_ALL)
  return SCRATCH, start * 8
end

function line.present(after, to, window)
  if to <= after then return 0 end
  local key, base = line.counting(after, to, window, to)
  return line.count_in(key, after - base, to - base)
end

function line.newcomers(after, to, fresh)
  after = math.max(after, fresh)
  if to <= after then return 0 end
  return (to - after) - line.count_bits(SEEN, after, to)
end

-- The n-th set bit of (after, to], which holds so many; found by halving.
function line.nth_in(key, base, after, to, n)
  local low, high = after, to
  while high - low > 1 do
    local middle = math.floor((low + high) / 2)
    local here = line.count_in(key, low - base, middle - base)
    if here >= n then
      high = middle
    else
      low, n = middle, n - here
    end
  end
  return high
end

function line.nth(after, to, n, bits)
  local found, size, last = 0, FIRST_SLICE, nil
  if n < 1 then return after, 0 end
  local first = after
  while after < to do
    local stop = math.min(to, after + size)
    local key, base = bits(after, stop)
    local here = line.count_in(key, after - base, stop - base)
    if found + here >= n then return line.nth_in(key, base, after, stop, n - found), n end
    if here > 0 then last = { after, stop, here } end
    found, after, size = found + here, stop, size * 4
  end
  if not last then return first, 0 end
  local key, base = bits(last[1], last[2])
  return line.nth_in(key, base, last[1], last[2], last[3]), found
end

function line.nth_counting(after, to, n, window, fresh)
  return line.nth(after, to, n, function(a, b) return line.counting(a, b, window, fresh) end)
end

function line.nth_seen(after, to, n)
  return line.nth(after, to, n, function() return BITMAPS[SEEN], 0 end)
end

function line.set_many(kind, positions)
  local first = line.first_byte(kind)
  for from = 1, #positions, 100 do
    local command = { 'BITFIELD', BITMAPS[kind] }
    for i = from, math.min(from + 99, #positions) do
      local at, place = #command, positions[i] - 8 * first
      if place > 0 then
        command[at + 1], command[at + 2] = 'SET', 'u1'
        command[at + 3], command[at + 4] = place, 1
      end
    end
    redis.call(unpack(command))
  end
end

-- A page is a slice of a bitmap: the byte with which it begins, and the bytes.

-- A page without the positions above `most`.
function line.page_up_to(page, most)
  local start, last = page[1], math.floor(most / 8)
  local bytes = string.sub(page[2], 1, math.max(0, last - start + 1))
  if bytes ~= '' and start + #bytes - 1 == last then
    local kept = 256 - 2 ^ (7 - most % 8) -- the bits of the last byte, up to that of `most`
    bytes = string.sub(bytes, 1, -2) .. string.char(bit.band(string.byte(bytes, -1), kept))
  end
  return { start, bytes }
end

-- A page without the bytes before `first`, and counted from there.
function line.page_from(page, first)
  local early = math.max(0, first - page[1])
  return { page[1] + early - first, string.sub(page[2], early + 1) }
end

function line.set_page(kind, page)
  local start, bytes = unpack(line.page_from(page, line.first_byte(kind)))
  if bytes == '' then return end
  scratched = true
  local before = redis.call('GETRANGE', BITMAPS[kind], start, start + #bytes - 1)
  line.unreplicated('SET', SCRATCH, before)
  line.unreplicated('SET', SCRATCH_B, bytes)
  line.unreplicated('BITOP', 'OR', SCRATCH, SCRATCH, SCRATCH_B)
  redis.call('SETRANGE', BITMAPS[kind], start, redis.call('GET', SCRATCH))
end

function line.note(positions, pages, window)
  for _, kind in ipairs({ window % 3, SEEN }) do
    line.set_many(kind, positions)
    for _, page in ipairs(pages) do line.set_page(kind, page) end
  end
end
