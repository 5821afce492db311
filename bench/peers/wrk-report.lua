-- The load of bench/support/load.mjs with wrk: requests the paths in turn and prints a report for a machine.
local requests, turn = {}, 0
function init(args)
  for i = 1, #args do requests[i] = wrk.format('GET', args[i]) end
  -- With a single path no Lua code runs during the load.
  if #requests > 0 then
    request = function()
      turn = turn % #requests + 1
      return requests[turn]
    end
  end
end
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('REPORT {"perSecond":%d,"p50":%.3f,"p99":%.3f,"failed":%d}\n',
    summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
