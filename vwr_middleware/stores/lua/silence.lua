-- A silence, in which nobody of a crowd is heard: line/silence.py says why.

function line.listens(now) return numbers.listens_until > now end

function line.take_window(now)
  local window = math.floor(now / PRESENCE_WINDOW)
  local may_begin = window > numbers.window and numbers.listens_until == 0
  local there = may_begin and line.heard(numbers.window - 1) or 0
  line.rotate(numbers.window, window)
  numbers.window = window
  if there >= CROWD and line.heard(window - 1) * HARDLY_ANY < there then
    numbers.listens_until = math.huge
  end
end

function line.hear(now)
  if not line.listens(now) then
    numbers.listens_until = 0
  elseif line.heard(numbers.window) > 0 then
    line.end_silence(now)
  end
end

function line.end_silence(now)
  numbers.listens_until = math.min(numbers.listens_until, now + LISTEN)
end

function line.heard(window)
  local after, to = numbers.serving, line.last_near()
  local kind = window % 3
  local base = 8 * line.first_byte(kind)
  return line.count_in(BITMAPS[kind], after - base, to - base)
end
