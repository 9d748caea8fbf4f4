using System.Collections.Concurrent;
using System.Globalization;
using HxFunctions.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HxFunctions.SystemTests.Faults;

/// <summary>Looks for canaries in all that comes by, as it comes by: nothing is kept but what was found. Safe for many threads.</summary>
internal sealed class LeakHunter(Canaries canaries) : ILoggerProvider
{
    private const int MaxFinds = 20;
    private const int MaxQuoteLength = 600;

    private readonly ConcurrentQueue<string> _finds = new();
    private readonly ConcurrentDictionary<(string Channel, string Where, string Word), bool> _told = new();
    private readonly ConcurrentDictionary<string, long> _looked = new(StringComparer.Ordinal);

    public Canaries Canaries => canaries;

    public IReadOnlyCollection<string> Finds => _finds;

    /// <summary>How many texts of a channel have been looked into.</summary>
    public long Looked(string channel) => _looked.GetValueOrDefault(channel);

    /// <param name="channel">What kind of thing it came out of: "log", "response" …</param>
    /// <param name="where">Which one of them.</param>
    /// <param name="onlySecrets">Hosts and user names may show: only passwords and keys count.</param>
    public void Look(string channel, string where, string? text, bool onlySecrets = false)
    {
        _looked.AddOrUpdate(channel, 1, static (_, count) => count + 1);
        if (string.IsNullOrEmpty(text) || canaries.FindIn(text) is not var (word, form))
        {
            return;
        }

        if (onlySecrets && (Canaries.IsHost(word) || Canaries.IsUser(word)))
        {
            // What else is in it?
            Look(channel, where, text.Replace(form, "", StringComparison.OrdinalIgnoreCase), onlySecrets);
            return;
        }

        // Once for each place is enough to find the cause.
        if (_finds.Count >= MaxFinds || !_told.TryAdd((channel, where, word), true))
        {
            return;
        }

        int at = Math.Max(0, text.IndexOf(form, StringComparison.OrdinalIgnoreCase) - (MaxQuoteLength / 2));
        _finds.Enqueue($"{channel} {where} holds '{word}' as '{form}': {text[at..Math.Min(text.Length, at + MaxQuoteLength)]}");
    }

    /// <summary>Every answer with its headers.</summary>
    public void Look(HxInstance.Answer answer) => Look("response", "", answer.Head + "\n" + answer.Body);

    /// <summary>All log records of an instance at the lowest level, the framework's own included, and no other logging.</summary>
    public void Attach(IServiceCollection services) =>
        services.AddLogging(logging => logging.ClearProviders().AddProvider(this).AddFilter<LeakHunter>(null, LogLevel.Trace));

    public void AssertNothingFound() => Assert.True(_finds.IsEmpty, string.Join("\n\n", _finds));

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose() { }

    /// <summary>Message, members, scopes and exception: a formatter may print any of them.</summary>
    private sealed class Logger(LeakHunter hunter, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            hunter.Look("log", category + " (scope)", TextOf(state));
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => hunter.Look("log", $"{category} {eventId}", $"{formatter(state, exception)}\n{TextOf(state)}\n{exception}");

        private static string TextOf(object? state) =>
            state is IEnumerable<KeyValuePair<string, object?>> members
                ? string.Join(' ', members.Select(m => string.Create(CultureInfo.InvariantCulture, $"{m.Key}={m.Value}")))
                : state?.ToString() ?? "";
    }
}
