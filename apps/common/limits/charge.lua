-- Charges every bucket or none. The arithmetic is that of buckets.py; a test compares the two.
--
-- KEYS  one a bucket, "<level> <at>": the micro-tokens there were at that millisecond. No key: a full bucket.
-- ARGV  the millisecond it is, or "" for the server's own clock (only a test names one); how long an unfilled bucket
--       without refill is kept, and any bucket at most; then for each bucket capacity, refill a second, cost.
-- Gives 1 or 0 for allowed, then the level of each bucket after that.

local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local no_refill_ms, lifetime_max_ms = tonumber(ARGV[2]), tonumber(ARGV[3])

-- Doubles: a quotient is only whole for certain once the remainder is off.
local function quotient(number, divisor)
  return (number - math.fmod(number, divisor)) / divisor
end

local function lifetime_ms(missing, rate)
  if rate == 0 then
    return no_refill_ms
  end
  local seconds = quotient(missing, rate)
  local rest = (missing - seconds * rate) * 1000
  local ms = seconds * 1000 + quotient(rest, rate)
  if math.fmod(rest, rate) > 0 then
    ms = ms + 1
  end
  return math.min(ms, lifetime_max_ms)
end

local kept = redis.call('MGET', unpack(KEYS))
local buckets, allowed = {}, 1
for i = 1, #KEYS do
  local capacity, rate, cost = tonumber(ARGV[3 * i + 1]), tonumber(ARGV[3 * i + 2]), tonumber(ARGV[3 * i + 3])
  local level = capacity
  local was, at = string.match(kept[i] or '', '^(%d+) (%d+)$')
  if was then
    local elapsed = math.max(0, now - at)
    local seconds = quotient(elapsed, 1000)
    local gained = seconds * rate + quotient((elapsed - seconds * 1000) * rate, 1000)
    level = math.min(capacity, was + gained)
  end
  if level < cost then
    allowed = 0
  end
  buckets[i] = { capacity = capacity, rate = rate, cost = cost, level = level }
end

local answer = { allowed }
for i, bucket in ipairs(buckets) do
  -- A refusal writes nothing: what has come in until now is counted again from the same moment.
  if allowed == 1 and bucket.cost ~= 0 then
    bucket.level = math.min(bucket.capacity, bucket.level - bucket.cost)
    if bucket.level == bucket.capacity then
      redis.call('DEL', KEYS[i])
    else
      local ms = lifetime_ms(bucket.capacity - bucket.level, bucket.rate)
      redis.call('SET', KEYS[i], string.format('%.0f %.0f', bucket.level, now), 'PX', string.format('%.0f', ms))
    end
  end
  answer[i + 1] = bucket.level
end
return answer
