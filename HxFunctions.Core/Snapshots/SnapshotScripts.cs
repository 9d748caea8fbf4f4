namespace HxFunctions.Core.Snapshots;

/// <summary>
/// The Lua that runs in Redis. Each is one round trip and one atomic step. Commands: TIME, TYPE, HSTRLEN, HGET, HSET, STRLEN, GET, SET,
/// DEL, UNLINK, PTTL, PEXPIRE, LPUSH, LTRIM, LINDEX, ZADD, ZCARD, ZCOUNT, ZREMRANGEBYSCORE: any Redis-compatible server has them. Effects
/// are replicated, so that a script may write after TIME (Redis 5 and later).
/// </summary>
internal static class SnapshotScripts
{
    /// <summary>
    /// Values that are longer, not ASCII or without a stamp are someone else's; they are neither sent nor compared, only replaced. What is
    /// too long isn't even read: one value may have 512 MB, and Redis does nothing else while Lua copies it.
    /// </summary>
    private const string Common = """
        local longest = 4096
        local time = redis.call('TIME')
        local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
        local function kind(key)
          local t = redis.call('TYPE', key)
          if type(t) == 'table' then return t.ok or t['ok'] end
          return t
        end
        -- Someone else's value of another type may have millions of members, which DEL would free one by one.
        local function free(key, wanted)
          local t = kind(key)
          if t ~= wanted and t ~= 'none' then redis.pcall('UNLINK', key) end
        end
        local function text(key)
          if redis.call('STRLEN', key) > longest then return '' end
          return redis.call('GET', key)
        end
        local function field(key, name)
          if redis.call('HSTRLEN', key, name) > longest then return '' end
          return redis.call('HGET', key, name)
        end
        -- Text that is not ASCII would not come back from the client byte for byte, so that no comparison could ever succeed.
        local function ours(v) return #v <= longest and string.find(v, '^%d+ {[^\128-\255]*$') end
        local function stamped(at, body) return string.format('%.0f', at) .. ' ' .. body end
        -- An override stays here for as long as the longest lasts, also after its end: an instance may remember one that it replaced, and
        -- would put that back where it finds none. For the same reason, one that is over is put back, too.
        local override_kept = '86400000'
        -- No clock is ahead by more than a year.
        local ahead_at_most = 31622400000
        -- When an override was set: nil when the value is not one of ours.
        local function set_at(v)
          if not v or not ours(v) then return nil end
          local stamp = string.match(v, '^%d+ {"set":(%d+),')
          if not stamp or #stamp > 15 or tonumber(stamp) > now + ahead_at_most then return nil end
          return tonumber(stamp)
        end

        """;

    /// <summary>Puts an entry in front of one of the history's lists, which is capped and expires.</summary>
    private const string Push = """
        local function push(key, entry, most, life)
          if entry == '' then return end
          free(key, 'list')
          redis.call('LPUSH', key, entry)
          redis.call('LTRIM', key, 0, tonumber(most) - 1)
          redis.call('PEXPIRE', key, life)
        end

        """;

    /// <summary>
    /// Takes note that an instance runs, and that it knows the override that is stored, so that whoever sets one can be told how many have
    /// it. A Redis that takes no writes goes without; the note tells whether that is so. What an ACL forbids is the probe's to tell.
    /// </summary>
    private const string Presence = """
        local function note_presence(key, instance, window)
          free(key, 'zset')
          -- No fleet has as many. Removing them all at once is cheap only for UNLINK; those who run are back after their next read.
          local members = redis.pcall('ZCARD', key)
          if type(members) == 'number' and members > 1000 then redis.pcall('UNLINK', key) end
          local added = redis.pcall('ZADD', key, string.format('%.0f', now), instance)
          redis.pcall('ZREMRANGEBYSCORE', key, '-inf', string.format('%.0f', now - window))
          redis.pcall('PEXPIRE', key, window)
          local refusal = type(added) == 'table' and added.err or ''
          for _, word in ipairs({ 'READONLY', 'OOM', 'MISCONF', 'NOREPLICAS' }) do
            if string.find(refusal, word, 1, true) then return 'refused' end
          end
          return 'noted'
        end
        local function knows(override, stamp)
          local set = override and set_at(override)
          return set and tonumber(stamp) >= set
        end

        """;

    /// <summary>
    /// Reads everything, and takes or renews the lease if wanted.
    /// KEYS: snapshot, override, lease, contender, instances, reached instances. ARGV: this instance, lease in ms or '' when not wanted,
    /// remembered override or note (body, ms left, when it was set, what Redis's clock should say when this is sent) or '', for how many ms
    /// an instance counts as running or '' when this is none, fields…. An override that is over has less than 0 ms left. Answer: now, lease
    /// ('mine' | 'other' | 'denied' | ''), whether another would take the lease ('1' | ''), override or nil, then a value or nil per field.
    /// </summary>
    public const string Sync =
        Common
        + Presence
        + """
            local lease, contended = '', ''
            if ARGV[2] ~= '' then
              local ttl = tonumber(ARGV[2])
              local t = kind(KEYS[3])
              local holder = ARGV[1]
              local lasts = ttl
              if t == 'string' then
                local left = redis.call('PTTL', KEYS[3])
                -- Without an expiry, or with one that no instance gives, nobody would ever take over. Nor is what is too long a holder.
                local named = left > 0 and left <= ttl and text(KEYS[3]) or ''
                if named ~= '' then holder = named end
                if holder ~= ARGV[1] then lasts = left end
              else
                free(KEYS[3], 'string')
              end
              -- Another's lease is written back as it is: that alone tells those who don't check that Redis refuses writes.
              local set = redis.pcall('SET', KEYS[3], holder, 'PX', lasts)
              if type(set) == 'table' and set.err then
                lease = 'denied'
              elseif holder == ARGV[1] then
                lease = 'mine'
                local contender = kind(KEYS[4]) == 'string' and text(KEYS[4])
                local left = redis.call('PTTL', KEYS[4])
                if contender and contender ~= ARGV[1] and left > 0 and left <= ttl then contended = '1' end
              else
                lease = 'other'
                free(KEYS[4], 'string')
                redis.pcall('SET', KEYS[4], ARGV[1], 'PX', ttl)
              end
            end

            local override = false
            if kind(KEYS[2]) == 'string' then
              override = text(KEYS[2])
              if not set_at(override) then override = '' end
            end
            if ARGV[3] ~= '' and (not override or override == '' or set_at(override) < tonumber(ARGV[5])) then
              -- Redis lost what this instance remembers, or came back with an older state.
              local late = now - tonumber(ARGV[6])
              -- No sender waits for so long: the clock is ahead of the one that it knows. By its next read it knows this one.
              if late <= 1000 then
                local left = tonumber(ARGV[4]) - math.max(0, late)
                local value = stamped(math.max(1, now + left), ARGV[3])
                free(KEYS[2], 'string')
                local set = redis.pcall('SET', KEYS[2], value, 'PX', override_kept)
                if not (type(set) == 'table' and set.err) then override = value end
              end
            end
            if ARGV[7] ~= '' then
              local noted = note_presence(KEYS[5], ARGV[1], tonumber(ARGV[7]))
              -- Who doesn't ask for the lease learns by this that Redis refuses writes.
              if lease == '' and noted == 'refused' then lease = 'denied' end
              if knows(override, ARGV[5]) then note_presence(KEYS[6], ARGV[1], tonumber(ARGV[7])) end
            end

            local answer = { string.format('%.0f', now), lease, contended, override }
            local isHash = kind(KEYS[1]) == 'hash'
            for i = 8, #ARGV do
              local v = isHash and field(KEYS[1], ARGV[i])
              if v and not ours(v) then v = '' end
              answer[i - 3] = v
            end
            return answer
            """;

    /// <summary>
    /// Stores a record if the field still holds what the check started from, with its history.
    /// KEYS: snapshot, checks, minutes, quarters, transitions.
    /// ARGV: field, expected value or '', observed at, record, ms that the snapshot lives, ms that history lives, transition or '' and how
    /// many are kept, then check, minute, quarter: each an entry or '' and how many are kept, then the last moment at which it may be
    /// written, and ms from sending it to that. Answer: 'written' with the value, or 'conflict' with the stored one; then now. Or 'late'
    /// alone when it was observed in the future, or came too late: its sender has given it up by then.
    /// </summary>
    public const string Write =
        Common
        + Push
        + """
            -- The clock was set back since the writer's last read. Whatever this is, it is not of now; the writer reads again.
            if tonumber(ARGV[3]) > now + 100 then return { 'late' } end
            -- It lay somewhere. Nobody can say for how long, should the clock have been set meanwhile.
            local latest = tonumber(ARGV[15])
            if now > latest or now < latest - tonumber(ARGV[16]) - 100 then return { 'late' } end
            free(KEYS[1], 'hash')
            local stored = field(KEYS[1], ARGV[1])
            if stored and ours(stored) and stored ~= ARGV[2] then return { 'conflict', stored, string.format('%.0f', now) } end

            -- The writer reckons Redis's clock from its last read; the clock itself has the last word.
            local value = stamped(math.min(tonumber(ARGV[3]), now), ARGV[4])
            redis.call('HSET', KEYS[1], ARGV[1], value)
            redis.call('PEXPIRE', KEYS[1], ARGV[5])

            push(KEYS[5], ARGV[7], ARGV[8], ARGV[6])
            push(KEYS[2], ARGV[9], ARGV[10], ARGV[6])
            push(KEYS[3], ARGV[11], ARGV[12], ARGV[6])
            push(KEYS[4], ARGV[13], ARGV[14], ARGV[6])
            return { 'written', value, string.format('%.0f', now) }
            """;

    /// <summary>Gives the lease back if it is still ours. KEYS: lease. ARGV: this instance.</summary>
    public const string Release =
        Common
        + """
            if kind(KEYS[1]) == 'string' and text(KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
            return 0
            """;

    /// <summary>
    /// Sets an override, or the note that it was cleared, and puts an entry into the history. KEYS: override, transitions, reached
    /// instances. ARGV: body, ms that it lasts, the last moment at which it may be set, the history's entry without when, how many are
    /// kept, ms that history lives, when the override was set that the sender remembers, or 0, ms from sending it to that last moment.
    /// Answer: the value, or nil when it came too late: its sender has given it up by then.
    /// </summary>
    public const string SetOverride =
        Common
        + Push
        + """
            -- Too late, or on a clock that was set back since it was sent: then nobody can say how late.
            if now > tonumber(ARGV[3]) or now < tonumber(ARGV[3]) - tonumber(ARGV[8]) - 100 then return false end
            -- Of two the one that was set later counts, also when the clock was set back in between, and when Redis has lost the other.
            local before = kind(KEYS[1]) == 'string' and set_at(text(KEYS[1])) or 0
            local set = math.max(now + tonumber(ARGV[9]), before + 1, tonumber(ARGV[7]) + 1)
            -- What nobody would take for one of ours.
            if set > now + ahead_at_most then set = now end
            local body = '{"set":' .. string.format('%.0f', set) .. ',"lasts":' .. ARGV[2] .. ',' .. string.sub(ARGV[1], 2)
            local value = stamped(now + tonumber(ARGV[2]), body)
            free(KEYS[1], 'string')
            redis.call('SET', KEYS[1], value, 'PX', override_kept)
            redis.pcall('UNLINK', KEYS[3])
            -- Besides when that was, the entry has the stamp of the override, by which the two are known to belong together. An override
            -- that is set must not be said to have failed because the list can't be written.
            local entry = string.format('{"at":%.0f,"set":%.0f,', now, set) .. string.sub(ARGV[4], 2)
            pcall(push, KEYS[2], entry, ARGV[5], ARGV[6])
            return value
            """;

    /// <summary>
    /// Tells how many instances run, and how many of them know the override that is stored. KEYS: override, instances, reached instances.
    /// ARGV: this instance, or '' when it is none, when the override was set that it remembers, or 0, for how many ms an instance counts as
    /// running. Answer: how many know it, how many run; nil when none is stored.
    /// </summary>
    public const string Reach =
        Common
        + Presence
        + """
            local override = kind(KEYS[1]) == 'string' and text(KEYS[1])
            if not override or not set_at(override) then return false end
            local window = tonumber(ARGV[3])
            if ARGV[1] ~= '' then
              note_presence(KEYS[2], ARGV[1], window)
              if knows(override, ARGV[2]) then note_presence(KEYS[3], ARGV[1], window) end
            end
            local function count(key)
              if kind(key) ~= 'zset' then return 0 end
              return redis.call('ZCOUNT', key, string.format('%.0f', now - window + 1), string.format('%.0f', now))
            end
            return { count(KEYS[3]), count(KEYS[2]) }
            """;

    /// <summary>
    /// Reads the newest entries of lists, one at a time. An entry that is longer than any of ours is someone else's: the list is cut off in
    /// front of it, so that one such entry at most is ever copied, and no later read comes across it.
    /// KEYS: lists. ARGV: per list how many entries at most, and how many bytes an entry of ours has at most. Answer: now, then the entries
    /// of each list, newest first; a value of another type is an empty list, and replaced by the next check.
    /// </summary>
    public const string ReadLists =
        Common
        + """
            local answer = { string.format('%.0f', now) }
            for k = 1, #KEYS do
              local key, most, length = KEYS[k], tonumber(ARGV[2 * k - 1]), tonumber(ARGV[2 * k])
              local entries = {}
              if kind(key) ~= 'list' then most = 0 end
              for i = 1, most do
                local entry = redis.call('LINDEX', key, i - 1)
                if not entry then break end
                if #entry > length then
                  -- A Redis that takes no writes may be read all the same.
                  if i == 1 then redis.pcall('UNLINK', key) else redis.pcall('LTRIM', key, 0, i - 2) end
                  break
                end
                entries[i] = entry
              end
              answer[k + 1] = entries
            end
            return answer
            """;

    /// <summary>
    /// Runs every command that the others use, once, on one key, so that it also works while a cluster moves the slot to another node.
    /// KEYS: a key of the probe's own. Answer: 'ok', or the first command that failed, its error, and '1' if another has written
    /// nevertheless.
    /// </summary>
    public const string Probe = """
        local key = KEYS[1]
        local failed, wrote = false, '0'
        local function try(name, ...)
          local answer = redis.pcall(name, ...)
          if type(answer) == 'table' and answer.err then
            failed = failed or { name, answer.err }
          elseif name == 'SET' or name == 'HSET' or name == 'LPUSH' or name == 'ZADD' then
            wrote = '1'
          end
        end
        try('TIME')
        try('TYPE', key)
        -- First of those that write: a full Redis refuses a script none of its commands once one has been run that takes no memory.
        try('SET', key, '1', 'PX', 60000)
        try('STRLEN', key)
        try('GET', key)
        try('PTTL', key)
        try('UNLINK', key)
        try('HSET', key, 'field', '1')
        try('HSTRLEN', key, 'field')
        try('HGET', key, 'field')
        try('PEXPIRE', key, 60000)
        try('DEL', key)
        try('LPUSH', key, '1')
        try('LTRIM', key, 0, 0)
        try('LINDEX', key, 0)
        try('DEL', key)
        try('ZADD', key, '1', '1')
        try('ZCARD', key)
        try('ZCOUNT', key, '1', '1')
        try('ZREMRANGEBYSCORE', key, '-inf', '1')
        try('SET', key, '1', 'PX', 60000)
        if failed then return { failed[1], failed[2], wrote } end
        return { 'ok' }
        """;
}
