namespace HxFunctions.Bench.Micro;

/// <summary>Paths that are written to cost as much as they can, each in another part of the matcher. None is cut short as
/// undecidable.</summary>
internal static class HostilePaths
{
    /// <param name="kind"><c>plain</c>, or what is hostile about it: <c>dots</c>, <c>slashes</c>, <c>params</c>, <c>encoded</c>,
    /// <c>folded</c>.</param>
    /// <param name="length">In characters.</param>
    public static string Of(string kind, int length) =>
        kind switch
        {
            "plain" => Repeat("/v1/chat/completions", length),
            // Dot-dot brings back every state that was ever reached.
            "dots" => Repeat("/v1/x/..", length),
            "slashes" => Repeat("//\\/", length),
            "params" => Repeat("/v1;a%2fb/c", length),
            // Three rounds of decoding, and at the end of the last a separator, so that there are many segments as well.
            "encoded" => "/" + Repeat("%25252fv1", length - 1),
            // Full-width letters and slashes, which are folded one by one.
            "folded" => "/" + Repeat("\uFF56\uFF11\uFF0F\uFF4B", length - 1),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
        };

    private static string Repeat(string unit, int length) => string.Concat(Enumerable.Repeat(unit, length / unit.Length));
}
