namespace HxFunctions.Tests.Simulation.Redis;

/// <summary>
/// The Lua that makes 5.4 look like the 5.1 within Redis. A script sees only the names that 5.1 has, without those that may differ from run
/// to run: <c>pairs</c>, <c>next</c> and <c>math.random</c>.
/// <para>
/// All numbers of 5.1 are floats. Here <c>tonumber</c>, <c>math.floor</c> and <c>math.ceil</c> make floats, so that sums are as in Redis;
/// literals and <c>#</c> stay integers, which mix with floats to floats. What still differs: a float next to <c>..</c> or under <c>%s</c>
/// gets ".0", where 5.1 has none. Scripts format their numbers by <c>%.0f</c>.
/// </para>
/// </summary>
internal static class LuaPrelude
{
    /// <summary>Takes the function that runs a command: it returns a value, or nil and an error. Returns the environment of the scripts,
    /// the function that compiles one, and the handler of errors.</summary>
    public const string Text = """
        local command = ...
        local error, getinfo, load, pcall, tostring, tonumber, type = error, debug.getinfo, load, pcall, tostring, tonumber, type
        local floor, ceil, format = math.floor, math.ceil, string.format

        local function only(from, names)
          local some = {}
          for name in string.gmatch(names, '%S+') do some[name] = assert(from[name]) end
          return some
        end

        local env = only(_G, 'assert error getmetatable ipairs rawequal rawget rawset select setmetatable type xpcall')
        env._VERSION = 'Lua 5.1'
        env.unpack = table.unpack
        env.table = only(table, 'concat insert remove sort')
        env.string = only(string, 'byte char find format gmatch gsub len lower match rep reverse sub upper')
        env.math = only(math, 'abs acos asin atan cos deg exp fmod huge log max min modf pi rad sin sqrt tan')
        getmetatable('').__index = env.string

        function env.math.floor(n) return floor(n) + 0.0 end
        function env.math.ceil(n) return ceil(n) + 0.0 end
        function env.tonumber(v, base)
          local n
          if base == nil then n = tonumber(v) else n = tonumber(v, base) end
          return n and n + 0.0
        end
        function env.tostring(v)
          if type(v) == 'number' then return format('%.14g', v) end
          return tostring(v)
        end

        -- As in Redis 7, the error of a command is text for who catches it.
        local function caught(ok, err, ...)
          if not ok and type(err) == 'table' and type(err.err) == 'string' then return false, err.err end
          return ok, err, ...
        end
        function env.pcall(f, ...) return caught(pcall(f, ...)) end

        env.redis = {
          call = function(...)
            local value, err = command(...)
            if err then error({ err = err }, 0) end
            return value
          end,
          pcall = function(...)
            local value, err = command(...)
            if err then return { err = err } end
            return value
          end,
          error_reply = function(text) return { err = text } end,
          status_reply = function(text) return { ok = text } end,
        }

        setmetatable(env, {
          __index = function(_, name) error("Script attempted to access nonexistent global variable '" .. tostring(name) .. "'", 2) end,
          __newindex = function() error('Attempt to modify a readonly table', 2) end,
        })

        local function compile(text) return load(text, '@user_script', 't', env) end

        local function handler(err)
          local level = 1
          local info
          repeat
            level = level + 1
            info = getinfo(level, 'Sl')
          until not info or info.source == '@user_script'
          local text = type(err) == 'table' and tostring(err.err) or 'ERR ' .. tostring(err)
          return { text, info and info.currentline or 0 }
        end

        return env, compile, handler
        """;
}
