using System.Globalization;
using HxFunctions.Core.Snapshots;
using StackExchange.Redis;

namespace HxFunctions.SystemTests.Servers;

/// <summary>Makes up runs of the store's scripts: arguments as <see cref="SnapshotStore"/> sends them, on states that it may
/// find.</summary>
internal sealed class ScriptCases(int seed)
{
    private static readonly StoreKeys Keys = new("compared", "0123456789ab");
    private static readonly string[] Names = ["postgres", "qdrant", "redis", "embeddings"];

    /// <summary>All keys that a script may touch.</summary>
    public static readonly RedisKey[] Touched =
    [
        Keys.Snapshot,
        Keys.Override,
        Keys.Lease,
        Keys.Contender,
        Keys.Instances,
        Keys.Reached,
        Keys.Checks("redis"),
        Keys.Minutes("redis"),
        Keys.Quarters("redis"),
        Keys.Transitions,
        Keys.Probe,
    ];

    private readonly ScriptTexts _texts = new(new Random(seed));
    private List<RedisValue[]> _plants = [];

    public ScriptCase Next() =>
        _texts.Pick(
            Sync,
            Sync,
            Sync,
            Sync,
            Write,
            Write,
            Write,
            Write,
            SetOverride,
            SetOverride,
            SetOverride,
            ReadLists,
            ReadLists,
            Reach,
            Reach,
            Release,
            Probe
        )();

    private ScriptCase Sync()
    {
        long ttl = _texts.Pick(10_000, 15_000, 60_000);
        Plant(Keys.Snapshot, "hash");
        Plant(Keys.Override, "string");
        Plant(Keys.Lease, "string");
        Plant(Keys.Contender, "string");
        Plant(Keys.Instances, "zset");
        Plant(Keys.Reached, "zset");
        if (_texts.Chance(30))
        {
            _plants.Add(["SET", Keys.Contender, _texts.Holder(), "PX", _texts.Life()]);
        }

        if (_texts.Chance(60))
        {
            // Also for longer than an instance asks for it.
            long left = _texts.Pick(30_000, ttl / 2, ttl + 30_000, ttl * 10, ttl * 1000);
            _plants.Add(["SET", Keys.Lease, _texts.Chance(90) ? _texts.Holder() : _texts.Stored(), "PX", left]);
        }

        bool remembers = _texts.Chance(50);
        string stamp = _texts.Moment();
        RedisValue[] arguments =
        [
            _texts.Holder(),
            _texts.Chance(70) ? ttl.ToString(CultureInfo.InvariantCulture) : "",
            remembers ? $"{{\"set\":{stamp},{_texts.NewOverride()[1..]}" : "",
            remembers ? _texts.Pick(_texts.Life(), 30_000_000_000_000, -5_000, -100_000_000) : 0,
            long.Parse(stamp, CultureInfo.InvariantCulture),
            ScriptCase.Now - _texts.Pick(-5, 0, 1, 600, 60_000, 100_000_000, ScriptCase.Now),
            _texts.Chance(60) ? _texts.Pick(60_000, 20_000) : "",
            .. Names.Take(_texts.Pick(0, 1, 2, 3, 4, 4, 4, 4)).Select(name => (RedisValue)name),
        ];
        return Case(
            "Sync",
            SnapshotScripts.Sync,
            [Keys.Snapshot, Keys.Override, Keys.Lease, Keys.Contender, Keys.Instances, Keys.Reached],
            arguments
        );
    }

    private ScriptCase Write()
    {
        Plant(Keys.Snapshot, "hash");
        RedisValue stored = _texts.Stored();
        if (_texts.Chance(50) && (_plants.Count == 0 || _plants[0][0] == "HSET"))
        {
            _plants.Add(["HSET", Keys.Snapshot, "redis", stored]);
        }

        RedisKey[] keys = [Keys.Snapshot, Keys.Checks("redis"), Keys.Minutes("redis"), Keys.Quarters("redis"), Keys.Transitions];
        foreach (RedisKey list in keys[1..])
        {
            Plant(list.ToString(), "list");
        }

        RedisValue[] arguments =
        [
            _texts.Chance(90) ? "redis" : _texts.Pick("qdrant", "Größe"),
            _texts.Chance(60) ? stored : _texts.Pick<RedisValue>("", _texts.Stored()),
            long.Parse(_texts.Moment(), CultureInfo.InvariantCulture),
            _texts.Body(),
            _texts.Life(),
            _texts.Life(),
            .. Entry(),
            .. Entry(),
            .. Entry(),
            .. Entry(),
            ScriptCase.Now + _texts.Pick(-1, 0, 1, 500, 500, 500, 600, 601),
            _texts.Pick(0, 400, 500, 500, 500),
        ];
        return Case("Write", SnapshotScripts.Write, keys, arguments);
    }

    private ScriptCase SetOverride()
    {
        Plant(Keys.Override, "string");
        Plant(Keys.Transitions, "list");
        Plant(Keys.Reached, "zset");
        RedisValue[] arguments =
        [
            _texts.NewOverride(),
            _texts.Pick(_texts.Life(), 1_000_000, 30_000_000_000_000),
            ScriptCase.Now + _texts.Pick(-1, 0, 1, 500, 500, 600, 601),
            $"{{\"override\":\"set\",\"by\":\"{_texts.Holder()}\"}}",
            _texts.Pick(1, 2, 500),
            _texts.Life(),
            _texts.Chance(50) ? 0 : long.Parse(_texts.Moment(), CultureInfo.InvariantCulture),
            _texts.Pick(0, 400, 500, 500, 500),
            _texts.Pick(0, 0, 1, 26_616, 31_622_400_000, 900_000_000_000_000),
        ];
        return Case("SetOverride", SnapshotScripts.SetOverride, [Keys.Override, Keys.Transitions, Keys.Reached], arguments);
    }

    private ScriptCase Reach()
    {
        string stamp = _texts.Moment();
        if (_texts.Chance(70))
        {
            _plants.Add(["SET", Keys.Override, $"{_texts.Moment()} {{\"set\":{stamp},{_texts.NewOverride()[1..]}"]);
        }
        else
        {
            Plant(Keys.Override, "string");
        }

        Plant(Keys.Instances, "zset");
        Plant(Keys.Reached, "zset");
        RedisValue[] arguments =
        [
            _texts.Chance(70) ? _texts.Holder() : "",
            _texts.Chance(70) ? stamp : _texts.Pick("0", _texts.Moment()),
            _texts.Pick(60_000, 60_000, 20_000),
        ];
        return Case("Reach", SnapshotScripts.Reach, [Keys.Override, Keys.Instances, Keys.Reached], arguments);
    }

    private ScriptCase ReadLists()
    {
        string[] lists = [Keys.Checks("redis"), Keys.Minutes("redis"), Keys.Quarters("redis"), Keys.Transitions];
        RedisKey[] keys = [.. lists.Take(_texts.Pick(1, 2, 3, 4)).Select(list => (RedisKey)list)];
        List<RedisValue> arguments = [];
        foreach (RedisKey key in keys)
        {
            Plant(key.ToString(), "list");
            arguments.AddRange([_texts.Pick(0, 1, 2, 4, 500), _texts.Pick(20, 100, 512, 4096)]);
        }

        return Case("ReadLists", SnapshotScripts.ReadLists, keys, [.. arguments]);
    }

    private ScriptCase Release()
    {
        Plant(Keys.Lease, "string");
        return Case("Release", SnapshotScripts.Release, [Keys.Lease], [_texts.Holder()]);
    }

    private ScriptCase Probe()
    {
        Plant(Keys.Probe, "string");
        return Case("Probe", SnapshotScripts.Probe, [Keys.Probe], []);
    }

    private ScriptCase Case(string name, string script, RedisKey[] keys, RedisValue[] arguments)
    {
        List<RedisValue[]> plants = _plants;
        _plants = [];
        return new(name, script, keys, arguments, plants);
    }

    /// <summary>An entry for the history, or none, and how many are kept.</summary>
    private RedisValue[] Entry() => [_texts.Chance(30) ? "" : _texts.Body(), _texts.Pick(1, 2, 3, 500)];

    /// <summary>Makes a key absent, of its own type, or of another one.</summary>
    private void Plant(RedisValue key, string type)
    {
        switch (
            _texts.Chance(25) ? "none"
            : _texts.Chance(75) ? type
            : _texts.Pick("string", "hash", "list", "zset")
        )
        {
            case "string":
                _plants.Add(["SET", key, _texts.Stored()]);
                break;
            case "hash":
                _plants.Add(["HSET", key, _texts.Pick(Names), _texts.Stored(), _texts.Pick(Names), _texts.Stored()]);
                break;
            case "list":
                _plants.Add(["RPUSH", key, .. Enumerable.Range(0, _texts.Pick(1, 2, 3, 6)).Select(_ => _texts.Stored())]);
                break;
            case "zset":
                for (int i = _texts.Pick(1, 3, 6); i > 0; i--)
                {
                    _plants.Add(["ZADD", key, ScriptCase.Now - _texts.Pick(-100, 0, 1, 59_999, 60_000, 60_001), _texts.Holder() + i]);
                }

                break;
            default:
                return;
        }

        if (_texts.Chance(60))
        {
            _plants.Add(["PEXPIRE", key, _texts.Life()]);
        }
    }
}
