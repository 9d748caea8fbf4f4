using System.Runtime.InteropServices;

namespace HxFunctions.Core.Hosting;

/// <summary>
/// The system's time, with timestamps that also count the time for which the machine sleeps. .NET's own do so on Windows alone
/// (https://github.com/dotnet/runtime/issues/77945): elsewhere, what was known before a machine was suspended would look as young after it.
/// </summary>
internal sealed class BootTimeProvider : TimeProvider
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Linux's <c>CLOCK_BOOTTIME</c>: https://man7.org/linux/man-pages/man2/clock_gettime.2.html</summary>
    private const int BootTime = 7;

    /// <summary>macOS's <c>CLOCK_MONOTONIC_RAW</c>. Linux's clock of that name stands still during sleep; this one doesn't:
    /// https://opensource.apple.com/source/Libc/Libc-1158.1.2/gen/clock_gettime.3.auto.html</summary>
    private const int MonotonicRaw = 4;

    private readonly int _clock;

    private BootTimeProvider(int clock) => _clock = clock;

    /// <summary>The one that all share; .NET's own where that counts sleep, or nothing better is known.</summary>
    public static TimeProvider Instance { get; } = Create();

    public override long TimestampFrequency => NanosecondsPerSecond;

    public override long GetTimestamp()
    {
        _ = GetTime(_clock, out Timespec now);
        return (now.Seconds * NanosecondsPerSecond) + now.Nanoseconds;
    }

    private static TimeProvider Create()
    {
        int? clock =
            OperatingSystem.IsLinux() ? BootTime
            : OperatingSystem.IsMacOS() ? MonotonicRaw
            : null;
        return clock is { } known && IsThere(known) ? new BootTimeProvider(known) : TimeProvider.System;
    }

    private static bool IsThere(int clock)
    {
        try
        {
            return GetTime(clock, out _) == 0;
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    // As .NET reads its own clock: a call that takes some nanoseconds, and never waits.
    [DllImport("libc", EntryPoint = "clock_gettime"), SuppressGCTransition]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetTime(int clock, out Timespec time);

    /// <summary>C's <c>struct timespec</c>: two words of the machine.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Timespec
    {
        public readonly nint Seconds;
        public readonly nint Nanoseconds;
    }
}
