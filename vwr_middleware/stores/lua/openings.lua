-- The openings of a room, and the settings that are in force by them: line/openings.py says why.

-- The list that a text of JSON has; nil if it has none.
function line.listed_openings(text)
  local listed = text and cjson.decode(text)
  if type(listed) == 'table' and #listed > 0 then return listed end
end

-- In one list, as the Python rule has them: `opens_at` and `closes_at` alone are one.
function line.openings_of(config, overrides)
  local listed = line.listed_openings(overrides.openings or config.openings)
  if listed then return listed, true end
  local only = { opens_at = rules.opens_at, closes_at = rules.closes_at }
  return next(only) and { only } or {}, false
end

function line.present_opening(openings, at)
  for number, opening in ipairs(openings) do
    if not opening.closes_at or at < opening.closes_at then return number end
  end
  return #openings
end

function line.is_time(name)
  return name == 'opens_at' or name == 'closes_at' or name == 'joins_from'
end

function line.lay_rules()
  if numbers.doubted_at == 0 then
    numbers.followed_to = math.max(numbers.followed_to, line.wall(numbers.last))
  end
  line.lay_rules_of_now()
end

function line.lay(layer)
  for name, text in pairs(layer) do
    if not line.is_said(name) then
      local value = cjson.decode(text)
      if value == cjson.null then value = nil end
      rules[name] = value
    end
  end
end

function line.lay_opening(opening)
  for name, value in pairs(opening) do
    if not line.is_said(name) and name ~= 'fresh' then rules[name] = value end
  end
end

function line.lay_rules_of_now()
  local config, overrides = cjson.decode(fields.config), cjson.decode(fields.overrides)
  local at, listed = line.wall(numbers.last), line.listed_openings(overrides.openings or config.openings)
  local opening = listed and listed[line.present_opening(listed, at)]
  rules = {}
  line.lay(config)
  if opening then line.lay_opening(opening) end
  line.lay(overrides)
  if opening then
    rules.opens_at, rules.closes_at = opening.opens_at, opening.closes_at
    rules.joins_from = opening.joins_from
  end
  line.lay_times(config, overrides, at)
  fields.rules = cmsgpack.pack(rules)
end

-- Between which times these rules stay as they are, and nothing is due: see schedule.lua.
function line.lay_times(config, overrides, at)
  local from, till = -math.huge, math.huge
  local after = numbers.followed_to > 0 and math.min(at, numbers.followed_to) or at
  for _, boundary in ipairs(line.boundaries(line.openings_of(config, overrides))) do
    if boundary[1] > after then till = math.min(till, boundary[1]) end
    if boundary[1] <= at then from = math.max(from, boundary[1]) end
  end
  for name, text in pairs(overrides) do
    if line.is_planned(name) then till = math.min(till, cjson.decode(text).at) end
  end
  rules.still_from, rules.still_until = nil, nil
  if from > -math.huge or till < math.huge then rules.still_from, rules.still_until = from, till end
end

-- Each boundary as {time, event, number}, in order.
function line.boundaries(openings)
  local found = {}
  for number, opening in ipairs(openings) do
    if opening.opens_at then found[#found + 1] = { opening.opens_at, 'opening_began', number } end
    if opening.closes_at then found[#found + 1] = { opening.closes_at, 'opening_over', number } end
  end
  table.sort(found, function(one, other)
    if one[1] ~= other[1] then return one[1] < other[1] end
    if one[2] ~= other[2] then return one[2] < other[2] end
    return one[3] < other[3]
  end)
  return found
end

function line.has_own_line(opening) return opening.fresh or opening.draw end
