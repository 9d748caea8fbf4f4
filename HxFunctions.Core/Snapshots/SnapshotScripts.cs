namespace HxFunctions.Core.Snapshots;

/// <summary>
/// The Lua that runs in Redis. Each is one round trip and one atomic step. Commands: TIME, TYPE, HMGET, HGET, HSET, GET, SET, DEL, PTTL,
/// PEXPIRE, LPUSH, LTRIM: any Redis-compatible server has them. Effects are replicated, so that a script may write after TIME (Redis 5 and
/// later).
/// </summary>
internal static class SnapshotScripts
{
    /// <summary>Values that are longer, not ASCII or without a stamp are someone else's; they are neither sent nor compared, only
    /// replaced.</summary>
    private const string Common = """
        local longest = 4096
        local time = redis.call('TIME')
        local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
        local function kind(key)
          local t = redis.call('TYPE', key)
          if type(t) == 'table' then return t.ok or t['ok'] end
          return t
        end
        -- Text that is not ASCII would not come back from the client byte for byte, so that no comparison could ever succeed.
        local function ours(v) return #v <= longest and string.find(v, '^%d+ {') and not string.find(v, '[\128-\255]') end
        local function stamped(at, body) return string.format('%.0f', at) .. ' ' .. body end

        """;

    /// <summary>Puts an entry in front of one of the history's lists, which is capped and expires.</summary>
    private const string Push = """
        local function push(key, entry, most, life)
          if entry == '' then return end
          local t = kind(key)
          if t ~= 'list' and t ~= 'none' then redis.call('DEL', key) end
          redis.call('LPUSH', key, entry)
          redis.call('LTRIM', key, 0, tonumber(most) - 1)
          redis.call('PEXPIRE', key, life)
        end

        """;

    /// <summary>
    /// Reads everything, and takes or renews the lease if wanted.
    /// KEYS: snapshot, override, lease. ARGV: this instance, lease in ms or '' when not wanted, remembered override or note (body, ms left,
    /// when it was set) or '', fields…. Answer: now, lease ('mine' | 'other' | 'denied' | ''), override or nil, then a value or nil per
    /// field.
    /// </summary>
    public const string Sync =
        Common
        + """
            local lease = ''
            if ARGV[2] ~= '' then
              local ttl = tonumber(ARGV[2])
              local t = kind(KEYS[3])
              local holder = ARGV[1]
              local lasts = ttl
              if t == 'string' then
                local left = redis.call('PTTL', KEYS[3])
                -- Without an expiry, or with one that no instance gives, nobody would ever take over.
                if left > 0 and left <= 10 * ttl then holder = redis.call('GET', KEYS[3]) end
                if holder ~= ARGV[1] then lasts = left end
              elseif t ~= 'none' then
                redis.pcall('DEL', KEYS[3])
              end
              -- Another's lease is written back as it is: that alone tells those who don't check that Redis refuses writes.
              local set = redis.pcall('SET', KEYS[3], holder, 'PX', lasts)
              if type(set) == 'table' and set.err then
                lease = 'denied'
              elseif holder == ARGV[1] then
                lease = 'mine'
              else
                lease = 'other'
              end
            end

            local override = false
            if kind(KEYS[2]) == 'string' then
              override = redis.call('GET', KEYS[2])
              if not ours(override) then override = '' end
            end
            local set = override and tonumber(string.match(override, '^%d+ {"set":(%d+)') or '0')
            if ARGV[3] ~= '' and (not override or override == '' or set < tonumber(ARGV[5])) then
              -- Redis lost what this instance remembers, or came back with an older state.
              local left = tonumber(ARGV[4])
              local value = stamped(now + left, ARGV[3])
              local set = redis.pcall('SET', KEYS[2], value, 'PX', left)
              if not (type(set) == 'table' and set.err) then override = value end
            end

            local answer = { string.format('%.0f', now), lease, override }
            local fields = {}
            for i = 6, #ARGV do fields[#fields + 1] = ARGV[i] end
            local values = {}
            if kind(KEYS[1]) == 'hash' then values = redis.call('HMGET', KEYS[1], unpack(fields)) end
            for i = 1, #fields do
              local v = values[i] or false
              if v and not ours(v) then v = '' end
              answer[3 + i] = v
            end
            return answer
            """;

    /// <summary>
    /// Stores a record if the field still holds what the check started from, with its history.
    /// KEYS: snapshot, checks, minutes, quarters, transitions.
    /// ARGV: field, expected value or '', observed at, record, ms that the snapshot lives, ms that history lives, transition or '' and how
    /// many are kept, then check, minute, quarter: each an entry or '' and how many are kept. Answer: 'written' with the value, or
    /// 'conflict' with the stored one.
    /// </summary>
    public const string Write =
        Common
        + Push
        + """
            if kind(KEYS[1]) ~= 'hash' and kind(KEYS[1]) ~= 'none' then redis.call('DEL', KEYS[1]) end
            local stored = redis.call('HGET', KEYS[1], ARGV[1])
            if stored and ours(stored) and stored ~= ARGV[2] then return { 'conflict', stored } end

            -- The writer reckons Redis's clock from its last read; the clock itself has the last word.
            local value = stamped(math.min(tonumber(ARGV[3]), now), ARGV[4])
            redis.call('HSET', KEYS[1], ARGV[1], value)
            redis.call('PEXPIRE', KEYS[1], ARGV[5])

            push(KEYS[5], ARGV[7], ARGV[8], ARGV[6])
            push(KEYS[2], ARGV[9], ARGV[10], ARGV[6])
            push(KEYS[3], ARGV[11], ARGV[12], ARGV[6])
            push(KEYS[4], ARGV[13], ARGV[14], ARGV[6])
            return { 'written', value }
            """;

    /// <summary>Gives the lease back if it is still ours. KEYS: lease. ARGV: this instance.</summary>
    public const string Release =
        Common
        + """
            if kind(KEYS[1]) == 'string' and redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
            return 0
            """;

    /// <summary>
    /// Sets an override, or the note that it was cleared, and puts an entry into the history. KEYS: override, transitions. ARGV: body, ms
    /// that it lasts, the last moment at which it may be set, or '', the history's entry without when, how many are kept, ms that history
    /// lives. Answer: the value, or nil when it came too late: its sender has been told by then that it was not taken.
    /// </summary>
    public const string SetOverride =
        Common
        + Push
        + """
            if ARGV[3] ~= '' and now > tonumber(ARGV[3]) then return false end
            -- Of two the one that was set later counts, also when the clock was set back in between.
            local set = now
            if kind(KEYS[1]) == 'string' then
              local before = redis.call('GET', KEYS[1])
              local stamp = ours(before) and string.match(before, '^%d+ {"set":(%d+),')
              if stamp and #stamp <= 15 then set = math.max(set, tonumber(stamp) + 1) end
            end
            local body = '{"set":' .. string.format('%.0f', set) .. ',' .. string.sub(ARGV[1], 2)
            local value = stamped(now + tonumber(ARGV[2]), body)
            redis.call('SET', KEYS[1], value, 'PX', ARGV[2])
            -- The entry has the stamp of the override, by which the two are known to belong together. An override that is set must not be
            -- said to have failed because the list can't be written.
            local entry = '{"at":' .. string.format('%.0f', set) .. ',' .. string.sub(ARGV[4], 2)
            pcall(push, KEYS[2], entry, ARGV[5], ARGV[6])
            return value
            """;

    /// <summary>
    /// Runs every command that the others and <see cref="HistoryReader"/> use, once, on one key, so that it also works while a cluster
    /// moves the slot to another node. KEYS: a key of the probe's own. Answer: 'ok', or the first command that failed, its error,
    /// and '1' if another has written nevertheless.
    /// </summary>
    public const string Probe = """
        local key = KEYS[1]
        local failed, wrote = false, '0'
        local function try(name, ...)
          local answer = redis.pcall(name, ...)
          if type(answer) == 'table' and answer.err then
            failed = failed or { name, answer.err }
          elseif name == 'SET' or name == 'HSET' or name == 'LPUSH' then
            wrote = '1'
          end
        end
        try('TIME')
        try('TYPE', key)
        try('SET', key, '1', 'PX', 60000)
        try('GET', key)
        try('PTTL', key)
        try('DEL', key)
        try('HSET', key, 'field', '1')
        try('HGET', key, 'field')
        try('HMGET', key, 'field')
        try('PEXPIRE', key, 60000)
        try('DEL', key)
        try('LPUSH', key, '1')
        try('LTRIM', key, 0, 0)
        try('LRANGE', key, 0, 0)
        try('DEL', key)
        try('SET', key, '1', 'PX', 60000)
        if failed then return { failed[1], failed[2], wrote } end
        return { 'ok' }
        """;
}
