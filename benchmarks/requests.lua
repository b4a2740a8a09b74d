-- Sends one request over and over, each time with the next cookie of a list, and prints one line of figures.
-- After `--` come the path of the list, or "-" if every request is the same, and the headers in the order in which a
-- browser sends them, the cookie last: wrk's own table of headers has no order.

local requests = {}
local next_request = 0

function init(args)
  local lines = {"GET " .. wrk.path .. " HTTP/1.1", "Host: " .. wrk.headers["Host"], unpack(args, 2)}
  local head = table.concat(lines, "\r\n") .. "\r\n"
  if args[1] == "-" then
    requests[1] = head .. "\r\n"
  else
    for cookie in io.lines(args[1]) do requests[#requests + 1] = head .. "Cookie: " .. cookie .. "\r\n\r\n" end
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
