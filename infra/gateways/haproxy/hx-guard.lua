-- The guard in HAProxy: asks about a request's path and method, and remembers what no rule guards. See haproxy.cfg.

-- What the guard says of a path that no rule guards, and of nothing else.
local KEEPABLE = 'private, max-age=1, stale-while-revalidate=10, stale-if-error=3600'
-- For how long such an answer counts, in seconds: as it is, and while the guard gives no answer.
local FRESH, STALE = 1, 3600
-- Two tables of so many: when one is full, the older one goes. A longer path is asked about each time.
local MOST, LONGEST = 5000, 1024

local young, old, count = {}, {}, 0
-- Until then nobody waits for a guard that has given no answer, who needn't. 0: it answers.
local silent_until = 0

local function now()
  local time = core.now()
  return time.sec + time.usec / 1000000
end

local function keep(key)
  if #key > LONGEST then
    return
  end
  if young[key] == nil then
    if count >= MOST then
      old, young, count = young, {}, 0
    end
    count = count + 1
  end
  young[key] = now()
end

local function forget(key)
  if young[key] ~= nil then
    young[key], count = nil, count - 1
  end
  old[key] = nil
end

local function header(answer, name)
  local values = answer.headers and answer.headers[name]
  return values and values[0]
end

-- Asks the guard by HEAD, whose answer has no body, or by GET, for its words.
local function ask(verb, path, method)
  local client = core.httpclient()
  return client[verb](client, {
    url = 'http://hx-guard/guard',
    dst = 'abns@hx-guard',
    timeout = 2000,
    headers = { ['x-original-uri'] = { path }, ['x-original-method'] = { method } },
  })
end

local function refuse(txn, path, method)
  local words = ask('get', path, method)
  if words == nil or words.status ~= 503 or header(words, 'x-hx-verdict') ~= 'closed' then
    return
  end

  local reply = txn:reply { status = 503, reason = 'Service Unavailable' }
  for _, name in ipairs { 'content-type', 'retry-after', 'cache-control', 'x-content-type-options', 'x-hx-verdict' } do
    local value = header(words, name)
    if value ~= nil then
      reply:add_header(name, value)
    end
  end
  if method ~= 'HEAD' then
    reply:set_body(words.body)
  end
  txn:done(reply)
end

core.register_action('hx_guard', { 'http-req' }, function(txn)
  local key, path, method = txn:get_var('txn.hx_key'), txn:get_var('txn.hx_path'), txn.sf:method()
  local kept = young[key] or old[key]
  local age = kept and now() - kept or STALE
  if age < FRESH or (age < STALE and now() < silent_until) then
    txn:set_var('txn.hx_verdict', 'open')
    return
  end
  if age < STALE and silent_until > 0 then
    -- One a second asks for all who needn't wait.
    silent_until = now() + 1
  end

  local answer = ask('head', path, method)
  local status = answer and answer.status or 0
  local verdict = answer and header(answer, 'x-hx-verdict')
  silent_until = 0
  if status == 200 and verdict == 'open' then
    txn:set_var('txn.hx_verdict', 'open')
    if header(answer, 'cache-control') == KEEPABLE then
      keep(key)
    else
      forget(key)
    end
  elseif status == 503 and verdict == 'closed' then
    forget(key)
    refuse(txn, path, method)
  elseif status == 0 or status >= 500 then
    silent_until = now() + 1
    if age < STALE then
      txn:set_var('txn.hx_verdict', 'open')
    end
  else
    forget(key)
  end
end, 0)
