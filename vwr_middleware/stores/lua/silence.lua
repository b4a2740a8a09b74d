-- A crowd that falls silent at once: see line/silence.py.

function line.listens(now) return numbers.listens_until > now end

function line.all_present(window) return line.present(numbers.serving, numbers.queue, window) end

function line.take_window(now)
  local window = math.floor(now / PRESENCE_WINDOW)
  local is_crowd = window > numbers.window and line.all_present(numbers.window - 1) >= CROWD
  line.rotate(numbers.window, window)
  numbers.window = window
  if is_crowd and line.all_present(window) == 0 then numbers.listens_until = math.huge end
end

function line.hear(now)
  if numbers.listens_until == math.huge and line.all_present(numbers.window) > 0 then
    numbers.listens_until = now + LISTEN
  end
end
