namespace HxFunctions.Cli.Serving;

/// <summary>
/// How many connections <c>hx serve</c> takes at once. Beyond it, new ones are closed: that is better than what it prevents, which is
/// probes without descriptors and a process that the kernel kills for its memory.
/// </summary>
/// <param name="Count">The most connections.</param>
/// <param name="Cause">What sets the limit, with what can be done about it, for a sentence.</param>
internal sealed record ConnectionLimit(int Count, string Cause)
{
    /// <summary>A gateway alone needs that many.</summary>
    public const int Least = 64;

    /// <summary>Fewer are worth a warning.</summary>
    public const int Few = 1000;

    /// <summary>
    /// The most that Kestrel holds of a request before it is answered: its line and headers as text, at two bytes a character, and what
    /// came after them, a body among others.
    /// </summary>
    private const int BytesEach =
        (2 * (ServeHost.MaxRequestLineSize + ServeHost.MaxRequestHeadersTotalSize)) + ServeHost.MaxRequestBufferSize;

    /// <summary>The part of the memory that requests may fill before they are complete.</summary>
    private const int MemoryShare = 4;

    /// <summary>For this process: its open files, and the memory that the machine or the container gives it.</summary>
    public static ConnectionLimit OfThisProcess() => For(OpenFiles.Limit(), GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    /// <param name="openFiles"><see langword="null"/>: no limit.</param>
    /// <param name="memory">In bytes.</param>
    public static ConnectionLimit For(int? openFiles, long memory)
    {
        long byFiles = openFiles is { } limit ? limit - OpenFiles.Reserve : int.MaxValue;
        long byMemory = memory / MemoryShare / BytesEach;
        string cause =
            byFiles <= byMemory
                ? $"the limit of open files is {openFiles} (ulimit -n; LimitNOFILE= in systemd)"
                : $"{memory / (1024 * 1024)} MB of memory are to be had";
        return new((int)Math.Clamp(Math.Min(byFiles, byMemory), Least, int.MaxValue), cause);
    }
}
