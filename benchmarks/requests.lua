-- Sends one request over and over, each time with the next cookie of a list, and prints one line of figures.
-- After `--` come the path of the list, or "-" if every request is the same, and the names of the headers in the
-- order in which a browser sends them, the cookie last: a Lua table has none.

local requests = {}
local next_request = 0

local function written(names, cookie)
  local lines = {"GET " .. wrk.path .. " HTTP/1.1", "Host: " .. wrk.headers["Host"]}
  for _, name in ipairs(names) do lines[#lines + 1] = name .. ": " .. wrk.headers[name] end
  if cookie then lines[#lines + 1] = "Cookie: " .. cookie end
  return table.concat(lines, "\r\n") .. "\r\n\r\n"
end

function init(args)
  local names = {unpack(args, 2)}
  if args[1] == "-" then
    requests[1] = written(names)
  else
    for cookie in io.lines(args[1]) do requests[#requests + 1] = written(names, cookie) end
  end
end

function request()
  next_request = next_request % #requests + 1
  return requests[next_request]
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    'FIGURES {"requests": %d, "micros": %d, "refused": %d, "broken": %d, "p99": %d}',
    summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(99)))
end
