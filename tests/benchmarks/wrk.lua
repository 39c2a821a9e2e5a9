-- Asks for paths of a file, one after another from a random place on, and prints what it measured
-- as one line of JSON. Arguments: the file of paths, GET or POST.
local paths, place, method = {}, 1, "GET"
local agent = "Mozilla/5.0 (X11; Linux x86_64) Benchmark/"

function init(args)
  for line in io.lines(args[1]) do paths[#paths + 1] = line end
  method = args[2] or "GET"
  math.randomseed(os.time() + tonumber(tostring({}):match("0x(%x+)"), 16) % 100000)
  place = math.random(#paths)
end

function request()
  place = method == "POST" and math.random(#paths) or place % #paths + 1
  local headers = { ["User-Agent"] = agent .. "1.0" }
  if method == "POST" then
    headers = {
      ["User-Agent"] = agent .. math.random(1000000000),
      ["Sec-Fetch-Site"] = "same-origin",
      ["Accept"] = "application/json",
      ["Content-Length"] = "0",
    }
  end
  return wrk.format(method, paths[place], headers)
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %.6f, "p50": %.4f, "p99": %.4f, "bytes": %d, "failed": %d, "broken": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, summary.bytes, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
