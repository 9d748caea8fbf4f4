using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Http.Status;
using HxFunctions.Core.Routing;

namespace HxFunctions.Tests.Http;

public class StatusHeadlineTests
{
    private static readonly DateTimeOffset Since = DateTimeOffset.UnixEpoch.AddDays(20_000);
    private static readonly DateTimeOffset OverrideSet = Since.AddHours(5);

    /// <summary>postgres is needed by /a and /b, redis by /a, qdrant by nothing.</summary>
    [Theory]
    [InlineData("pass pass pass", "open", "All routes are open", "All 3 dependencies are up.", false)]
    [InlineData(
        "fail pass pass",
        "closed",
        "All 2 guarded routes are closed",
        "PostgreSQL is down: timeout. Everything else is open.",
        true
    )]
    [InlineData(
        "pass fail pass",
        "partly",
        "1 of 2 guarded routes is closed",
        "Redis is down: timeout. Closed: /a. Everything else is open.",
        true
    )]
    [InlineData(
        "fail fail pass",
        "closed",
        "All 2 guarded routes are closed",
        "PostgreSQL is down: timeout. Redis is down: timeout. Everything else is open.",
        true
    )]
    [InlineData(
        "warn pass pass",
        "partly",
        "All 2 guarded routes are closed for writes",
        "PostgreSQL is degraded: read only. Everything else is open.",
        true
    )]
    [InlineData(
        "unknown pass pass",
        "closed",
        "All 2 guarded routes are closed",
        "PostgreSQL has not been checked recently. Everything else is open.",
        false
    )]
    [InlineData("pass pass fail", "attention", "All routes are open", "Qdrant is down: timeout.", false)]
    public void Enforcing_guard_says_what_is_closed_why_and_since_when(
        string states,
        string state,
        string title,
        string details,
        bool since
    )
    {
        Headline headline = Of(states, GuardMode.Enforce, null);
        Assert.Equal((state, title, details), (headline.StateName, headline.Title, string.Join(' ', headline.Details)));
        Assert.Equal(since ? Since : null, headline.Since);
    }

    [Theory]
    [InlineData(
        GuardMode.Shadow,
        null,
        "attention",
        "All routes are open",
        "Shadow mode: otherwise all 2 guarded routes would be closed. PostgreSQL is down: timeout."
    )]
    [InlineData(GuardMode.Off, null, "attention", "All routes are open", "The guard is off. PostgreSQL is down: timeout.")]
    [InlineData(
        GuardMode.Enforce,
        true,
        "closed",
        "All guarded routes closed: manual override",
        "PostgreSQL is down: timeout. Everything else is open."
    )]
    [InlineData(
        GuardMode.Enforce,
        false,
        "attention",
        "All routes open: manual override",
        "Without it all 2 guarded routes would be closed. PostgreSQL is down: timeout."
    )]
    [InlineData(GuardMode.Off, true, "attention", "All routes are open", "The guard is off. PostgreSQL is down: timeout.")]
    public void Mode_and_override_come_before_the_verdict(GuardMode mode, bool? overrideCloses, string state, string title, string details)
    {
        Headline headline = Of("fail pass pass", mode, overrideCloses);
        Assert.Equal((state, title, details), (headline.StateName, headline.Title, string.Join(' ', headline.Details)));
    }

    /// <summary>Not when the dependencies changed: that was before, or long before.</summary>
    [Theory]
    [InlineData(true, "fail pass pass", GuardMode.Enforce, true)]
    [InlineData(false, "fail pass pass", GuardMode.Enforce, true)]
    [InlineData(true, "pass pass pass", GuardMode.Enforce, true)]
    [InlineData(false, "pass pass pass", GuardMode.Enforce, true)]
    [InlineData(false, "fail pass pass", GuardMode.Shadow, true)]
    [InlineData(false, "fail pass pass", GuardMode.Off, false)]
    public void Override_began_when_it_was_set(bool closes, string states, GuardMode mode, bool since) =>
        Assert.Equal(since ? OverrideSet : null, Of(states, mode, closes).Since);

    [Fact]
    public void Override_that_changes_nothing_is_said_all_the_same()
    {
        Headline headline = Of("pass pass pass", GuardMode.Enforce, overrideCloses: false);
        Assert.Equal(
            ("attention", "All routes open: manual override", "Without it they would be open, too. All 3 dependencies are up."),
            (headline.StateName, headline.Title, string.Join(' ', headline.Details))
        );
    }

    [Fact]
    public void Wrong_configuration_closes_everything()
    {
        Headline headline = Headline.Of(GuardMode.Enforce, misconfigured: true, null, Dependencies("unknown unknown unknown"), []);
        Assert.Equal((HeadlineState.Closed, "All guarded routes are closed"), (headline.State, headline.Title));
        Assert.StartsWith("The configuration is wrong", headline.Details[0], StringComparison.Ordinal);
    }

    private static Headline Of(string states, GuardMode mode, bool? overrideCloses)
    {
        DependencyView[] dependencies = Dependencies(states);
        RuleView[] rules = [Rule("/a", dependencies[..2], mode, overrideCloses), Rule("/b", dependencies[..1], mode, overrideCloses)];
        StatusOverride? inEffect = overrideCloses is { } closes ? new(new(closes, "r", "me", OverrideSet), TimeSpan.FromMinutes(1)) : null;
        return Headline.Of(mode, misconfigured: false, inEffect, dependencies, rules);
    }

    private static DependencyView[] Dependencies(string states)
    {
        DependencyStatus[] all = [.. states.Split(' ').Select(s => DependencyStatusNames.FromWire(s)!.Value)];
        return
        [
            .. new[] { "postgres", "redis", "qdrant" }.Zip(
                all,
                (name, status) =>
                    new DependencyView(
                        name,
                        status,
                        status == DependencyStatus.Warn ? Reasons.ReadOnly : Reasons.Timeout,
                        status == DependencyStatus.Unknown ? null : Since,
                        null,
                        null,
                        null,
                        []
                    )
            ),
        ];
    }

    private static RuleView Rule(string prefix, DependencyView[] needs, GuardMode mode, bool? overrideCloses)
    {
        VerdictView Verdict(bool isRead)
        {
            string[] missing =
            [
                .. needs
                    .Where(d =>
                        d.Status is DependencyStatus.Fail or DependencyStatus.Unknown || (d.Status == DependencyStatus.Warn && !isRead)
                    )
                    .Select(d => d.Name),
            ];
            return new(
                mode != GuardMode.Off && (overrideCloses ?? (mode == GuardMode.Enforce && missing.Length > 0)),
                mode != GuardMode.Off && missing.Length > 0,
                missing
            );
        }

        return new(new(prefix, GuardMethods.All, [.. needs.Select(n => n.Name)]), Verdict(true), Verdict(false));
    }
}
