namespace HxFunctions.Core.Routing;

/// <summary>The HTTP methods that a rule can name (RFC 9110 section 9.3 and RFC 5789), as a set.</summary>
[Flags]
internal enum GuardMethods
{
    None = 0,
    Get = 1,
    Head = 1 << 1,
    Options = 1 << 2,
    Post = 1 << 3,
    Put = 1 << 4,
    Patch = 1 << 5,
    Delete = 1 << 6,
    Trace = 1 << 7,
    Connect = 1 << 8,

    /// <summary>A method that is missing or that nobody here knows. A rule can't name it.</summary>
    Other = 1 << 9,

    All = (1 << 10) - 1,
}

/// <summary>What can be asked about one method.</summary>
internal static class GuardMethod
{
    private static readonly (string Name, GuardMethods Method)[] Known =
    [
        ("GET", GuardMethods.Get),
        ("HEAD", GuardMethods.Head),
        ("OPTIONS", GuardMethods.Options),
        ("POST", GuardMethods.Post),
        ("PUT", GuardMethods.Put),
        ("PATCH", GuardMethods.Patch),
        ("DELETE", GuardMethods.Delete),
        ("TRACE", GuardMethods.Trace),
        ("CONNECT", GuardMethods.Connect),
    ];

    /// <summary>The names that rules may use, for messages.</summary>
    public static string KnownNames { get; } = string.Join(", ", Known.Select(known => known.Name));

    /// <summary>Reads a method in any case, without allocating. A missing or unknown one is <see cref="GuardMethods.Other"/>.</summary>
    /// <remarks>Methods are case-sensitive, but many servers accept <c>get</c>: it must not slip past a rule for GET.</remarks>
    public static GuardMethods Parse(ReadOnlySpan<char> method)
    {
        foreach ((string name, GuardMethods value) in Known)
        {
            if (method.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }

        return GuardMethods.Other;
    }

    /// <summary>Whether a read-only database can serve the method: GET, HEAD and OPTIONS only; all else counts as a write.</summary>
    public static bool IsRead(this GuardMethods method) => method is GuardMethods.Get or GuardMethods.Head or GuardMethods.Options;

    /// <summary>Whether a set has the method: HEAD wherever GET is, for it runs what GET runs (RFC 9110 section 9.3.2).</summary>
    public static bool Holds(this GuardMethods methods, GuardMethods method) =>
        (methods & (method == GuardMethods.Head ? GuardMethods.Head | GuardMethods.Get : method)) != 0;

    /// <summary>The names of a set's methods.</summary>
    public static IEnumerable<string> NamesOf(GuardMethods methods) =>
        Known.Where(known => methods.HasFlag(known.Method)).Select(known => known.Name);

    /// <summary>The set in the form that GUARD_ROUTES uses: <c>GET!,POST,DELETE</c>.</summary>
    /// <param name="writing">Those of them that write although they read by name.</param>
    public static string Format(GuardMethods methods, GuardMethods writing = GuardMethods.None) =>
        string.Join(
            ',',
            Known.Where(known => methods.HasFlag(known.Method)).Select(known => known.Name + (writing.HasFlag(known.Method) ? "!" : ""))
        );
}
