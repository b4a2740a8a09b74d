-- Sends one request over and over, each time with the next cookie of a list, and prints one line of figures.
-- The path of the list comes after `--`; without one every request is the same.

local requests = {}
local next_request = 0

function init(args)
  if args[1] then
    for cookie in io.lines(args[1]) do
      local headers = {}
      for name, value in pairs(wrk.headers) do headers[name] = value end
      headers["Cookie"] = cookie
      requests[#requests + 1] = wrk.format("GET", wrk.path, headers)
    end
  else
    requests[1] = wrk.format("GET", wrk.path)
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
