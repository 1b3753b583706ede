-- Append a run's new events to its stream, fenced by the attempt that holds the run.
--
-- KEYS: the token (which attempt holds it), the stream. ARGV: attempt, seconds until both are forgotten, then a number and an event by turns.
-- Returns 1: all are in it. 0: a later attempt holds the run, nothing was written. -1: nothing says who holds it: ask Postgres.
local holder = redis.call('GET', KEYS[1])
if not holder then return -1 end
if tonumber(holder) > tonumber(ARGV[1]) then return 0 end
if tonumber(holder) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1]) end
local last = 0
local newest = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)
if newest[1] then last = tonumber(string.match(newest[1][1], '^(%d+)')) end
for at = 3, #ARGV, 2 do
  -- What is told again after an answer that got lost is in it already.
  if tonumber(ARGV[at]) > last then redis.call('XADD', KEYS[2], ARGV[at] .. '-0', 'event', ARGV[at + 1]) end
end
redis.call('EXPIRE', KEYS[1], ARGV[2])
redis.call('EXPIRE', KEYS[2], ARGV[2])
return 1
