-- What happens in a room at a time that was set before: line/schedule.py says why.

-- `rules.still_from` and `rules.still_until` are the times, on the wall, between which nothing is
-- due and no other opening is present: see `lay_rules_of_now`.
function line.is_due(now)
  local at = line.wall(now)
  return rules.still_until and (at >= rules.still_until or at < rules.still_from)
end

function line.follow_schedule(now)
  if numbers.doubted_at > 0 or not line.is_due(now) then return end
  local at = line.wall(now)
  line.pass_boundaries(at, now)
  line.carry_out_plans(at, now)
  line.lay_rules_of_now()
  line.look_around(now)
end

function line.pass_boundaries(at, now)
  local config, overrides = cjson.decode(fields.config), cjson.decode(fields.overrides)
  local openings = line.openings_of(config, overrides)
  if #openings == 0 then return end
  if numbers.followed_to == 0 then numbers.followed_to = at end
  local after, is_anew, told = numbers.followed_to, false, {}
  for _, boundary in ipairs(line.boundaries(openings)) do
    local its_time, name, number = unpack(boundary)
    if after < its_time and its_time <= at then
      numbers.followed_to = its_time
      told[#told + 1] = name .. ' ' .. number
      local following = openings[number + 1]
      local has_own = following and (config.draw == 'true' or line.has_own_line(following))
      if name == 'opening_over' and has_own then is_anew = true end
    end
  end
  line.tell_later(told)
  if not is_anew or (numbers.draw == REGISTERING and rules.draw) then return end
  line.count_up()
  line.new_generation(numbers.generation + 1)
  line.count_from()
  line.add_audit(now, BY_OPENING, 'reset', numbers.generation - 1, numbers.generation)
end

function line.carry_out_plans(at, now)
  local overrides, due = cjson.decode(fields.overrides), {}
  for name, text in pairs(overrides) do
    if line.is_planned(name) then
      local plan = cjson.decode(text)
      if plan.at <= at then due[#due + 1] = { name, plan } end
    end
  end
  table.sort(due, function(one, other)
    if one[2].at ~= other[2].at then return one[2].at < other[2].at end
    return one[1] < other[1]
  end)
  for _, item in ipairs(due) do
    local name, plan = unpack(item)
    overrides = cjson.decode(fields.overrides)
    overrides[name] = nil
    fields.overrides = cjson.encode(overrides)
    line.note_change(math.min(now, plan.at + numbers.ahead))
    local names = line.override(plan.set, plan.unset, plan.by, now)
    line.tell_later({ 'planned_change ' .. table.concat(names, ',') })
  end
end

function line.is_planned(name) return string.sub(name, 1, 8) == 'planned:' end

-- Each value is a text of JSON. Returns the names of what was changed, in order.
function line.override(changes, forget, who, now)
  local names, previous, opens_at = {}, nil, line.opening_of()
  for name in pairs(changes) do names[#names + 1] = name end
  for _, name in ipairs(forget) do
    if not changes[name] then names[#names + 1] = name end
  end
  table.sort(names)
  local told = {}
  for _, name in ipairs(names) do
    if name ~= previous then
      told[#told + 1] = name
      line.override_one(name, changes[name], who, now)
      previous = name
    end
  end
  if not changes.draw_beacon and line.is_put_off(opens_at) then
    local beacon = line.forget_set_beacon()
    if beacon then
      line.add_audit(now, who, 'draw_beacon', beacon, line.value_in_force('draw_beacon'))
    end
  end
  return told
end

function line.override_one(name, value, who, now)
  local old, overrides = line.value_in_force(name), cjson.decode(fields.overrides)
  overrides[name] = value
  fields.overrides = cjson.encode(overrides)
  line.lay_rules()
  local new = line.value_in_force(name)
  if name == 'max_active' and tonumber(new) ~= tonumber(old) then numbers.limit_changed = now end
  local is_opening = name == 'opens_at' or name == 'openings' or name == 'mode'
  if is_opening and new ~= old then
    numbers.opening_changed = now
    line.forget_beacon(now)
  end
  if name ~= 'stock_left' or line.note_stock(cjson.decode(old), cjson.decode(new), now) then
    line.add_audit(now, who, name, old, new)
  end
end

-- The value in force, as a text of JSON.
function line.value_in_force(name)
  local config, overrides = cjson.decode(fields.config), cjson.decode(fields.overrides)
  local openings, is_list = line.openings_of(config, overrides)
  local opening = is_list and openings[line.present_opening(openings, line.wall(numbers.last))] or {}
  local is_own = opening[name] ~= nil and name ~= 'fresh'
  if name == 'announcement' and overrides.message then is_own = false end
  local own = is_own and cjson.encode(opening[name])
  if is_list and line.is_time(name) then return own or 'null' end
  return overrides[name] or own or config[name] or 'null'
end
