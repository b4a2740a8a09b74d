-- What is left to sell: line/stock.py.

-- Nil: it is not known.
function line.stock_left(now)
  if rules.stock_left then return rules.stock_left end
  if numbers.stock_at > 0 and now - numbers.stock_at <= STOCK_TRUSTED then return numbers.stock end
  return nil
end

function line.closes(now) return rules.when_gone == 'close' and line.stock_left(now) == 0 end

function line.measure_stock_anew()
  numbers.measured_in = numbers.generation
  numbers.stock_fell, numbers.stock_bought = 0, 0
  numbers.completed_before = numbers.completed
  numbers.empty_handed = numbers.abandoned + numbers.revoked + numbers.expired
  numbers.ended_before = numbers.completed + numbers.empty_handed
end

function line.take_stock(ask, now)
  local told = ask.stock
  if numbers.measured_in ~= numbers.generation then line.measure_stock_anew() end
  if not told then return end
  if not told.left then
    numbers.stock_problem, numbers.stock_failed = told.problem, now
  elseif not rules.stock_left and told.at > numbers.stock_at then
    line.learn_stock(told.left)
    numbers.stock, numbers.stock_at = told.left, math.min(now, told.at)
    numbers.stock_problem, numbers.stock_failed = 0, 0
  end
end

function line.learn_stock(left)
  local fell, bought = numbers.stock - left, numbers.completed - numbers.stock_counted
  numbers.stock_counted = numbers.completed
  if numbers.stock_at == 0 or -fell > GIVEN_BACK_MOST * line.sessions_count() then return end
  numbers.stock_fell = math.max(0, numbers.stock_fell + fell)
  numbers.stock_bought = numbers.stock_bought + math.max(0, bought)
end

-- An operator has changed `stock_left`: `set_by_hand`. Whether the audit log notes it: `is_noted`.
function line.note_stock(old, new, now)
  if old == cjson.null then old = nil end
  if new == cjson.null then new = nil end
  if old == new then return true end
  local is_noted = (old or 0) == 0 or (new or 0) == 0 or now - numbers.stock_noted >= STOCK_EVERY * 12
  if new then
    line.learn_stock(new)
    numbers.stock, numbers.stock_at = new, now
  else
    numbers.stock_at, numbers.stock_asked = 0, 0
  end
  if is_noted then numbers.stock_noted = now end
  return is_noted
end

function line.grant(ask, now)
  if not ask.asks_stock or rules.stock_left then return 0 end
  if now - numbers.stock_asked < STOCK_EVERY then return 0 end
  numbers.stock_asked = now
  return 1
end

function line.note_gone(now)
  local left = line.stock_left(now)
  local gone = left == 0 and 1 or 0
  if gone == numbers.stock_gone then return nil end
  numbers.stock_gone = gone
  local not_bought = numbers.abandoned + numbers.revoked + numbers.expired
  if gone == 1 then
    numbers.empty_handed = not_bought
    return 'stock_gone 0'
  end
  numbers.ended_before = numbers.ended_before + not_bought - numbers.empty_handed
  return 'stock_back ' .. (left and string.format('%d', left) or 'unknown')
end
