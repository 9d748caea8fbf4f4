using System.Diagnostics;

namespace HxFunctions.Cli.Demo;

/// <summary>Runs the steps of the outage one after the other, tells what happens, and holds it against what is promised.</summary>
internal sealed class DemoScript(DemoStage stage, DemoPlot plot, DemoMargins margins, DemoPage page)
{
    /// <summary>How long a new state must last before the story goes on.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(700);

    private static readonly TimeSpan OpenPatience = TimeSpan.FromSeconds(15);

    /// <exception cref="InvalidOperationException">The guard doesn't open at the start, when everything works.</exception>
    public async Task<IReadOnlyList<DemoResult>> RunAsync(CancellationToken cancellationToken)
    {
        if (!await AreOpenAsync(cancellationToken))
        {
            throw new InvalidOperationException("The guard does not open, although everything works.");
        }

        page.Say("All routes open: everything works", DemoTone.Good);
        await Task.Delay(Pause, cancellationToken);

        List<DemoResult> results = new List<DemoResult>();
        foreach (DemoStep step in plot.Steps)
        {
            results.Add(await RunAsync(step, results.Count + 1, cancellationToken));
        }

        return results;
    }

    private async Task<bool> AreOpenAsync(CancellationToken cancellationToken)
    {
        List<Expectation> open = plot.Routes.Select(route => route.Expect(null, Expected.Open)).ToList();
        return await AllMetAsync(open, OpenPatience, cancellationToken);
    }

    private async Task<DemoResult> RunAsync(DemoStep step, int number, CancellationToken cancellationToken)
    {
        List<string> faults = new List<string>();
        bool areOpen = await AreOpenAsync(cancellationToken);
        stage.Gateway.ForgetSlowest();
        List<(RouteWatch Route, Expectation Expectation)> others = plot
            .Routes.Except(step.Closes)
            .Select(route => (Route: route, Expectation: route.Expect(Expected.Open, Expected.Open)))
            .ToList();
        page.Say($"{number}/{plot.Steps.Count} {step.Broken}", DemoTone.Event);
        if (!areOpen)
        {
            Fail("Routes were still closed when the step began", faults);
        }

        TimeSpan? closed = await ChangeAsync(
            step.Closes,
            areOpen ? Expected.Open : null,
            Expected.Closed(step.Missing),
            step.Break,
            countFromBefore: true,
            step.Promised,
            margins.Closing,
            faults,
            cancellationToken
        );
        Tell(others, faults);

        page.Say(step.RepairedText, DemoTone.Event);
        TimeSpan? reopened = await ChangeAsync(
            step.Closes,
            closed is null ? null : Expected.Closed(step.Missing),
            Expected.Open,
            step.Repair,
            countFromBefore: false,
            plot.ReopenPromised,
            margins.Reopening,
            faults,
            cancellationToken
        );
        FailWrong(others, faults);
        return new(step, closed, reopened, plot.ReopenPromised, stage.Gateway.SlowestGuardAnswer, faults);
    }

    /// <summary>Does something and waits for the routes to change.</summary>
    /// <param name="countFromBefore">Time runs from before the act, not from its end: something is broken from when that begins, and mended
    /// when it is over.</param>
    /// <returns>How long the last route took; null: one did not change in time.</returns>
    private async Task<TimeSpan?> ChangeAsync(
        IReadOnlyList<RouteWatch> routes,
        Expected? before,
        Expected after,
        Func<CancellationToken, Task> act,
        bool countFromBefore,
        TimeSpan promised,
        TimeSpan margin,
        List<string> faults,
        CancellationToken cancellationToken
    )
    {
        List<(RouteWatch Route, Expectation Expectation)> changes = routes
            .Select(route => (Route: route, Expectation: route.Expect(before, after)))
            .ToList();
        long since = Stopwatch.GetTimestamp();
        await act(cancellationToken);
        if (!countFromBefore)
        {
            since = Stopwatch.GetTimestamp();
        }

        TimeSpan limit = promised + margin;
        bool inTime = await AllMetAsync(
            [.. changes.Select(change => change.Expectation)],
            limit - Stopwatch.GetElapsedTime(since),
            cancellationToken
        );

        bool isFirst = true;
        foreach ((RouteWatch? route, Expectation? expectation) in changes)
        {
            if (expectation.First is { } first && expectation.After(since) is { } took && took <= limit)
            {
                // The words are the same for all: they are what was waited for.
                string more = isFirst ? $" (promised: {DemoPage.Promised(promised)}){Words(first)}" : "";
                string late = took > promised ? ", too late" : "";
                page.Say(
                    $"{route} {first.Status} after {DemoPage.Measured(took)}{late}{more}",
                    after == Expected.Open && took <= promised ? DemoTone.Good : DemoTone.Bad
                );
                isFirst = false;
            }
            else
            {
                Fail($"{route} not {after.Status} within {DemoPage.Promised(limit)} (promised: {DemoPage.Promised(promised)})", faults);
            }
        }

        await Task.Delay(Pause, cancellationToken);
        FailWrong(changes, faults);
        return inTime ? changes.Max(change => change.Expectation.After(since)) : null;
    }

    private void Tell(List<(RouteWatch Route, Expectation Expectation)> others, List<string> faults)
    {
        List<string> steady = others.Where(other => other.Expectation.Wrong == 0).Select(other => other.Route.ToString()).ToList();
        string slowest = $"slowest guard answer {DemoPage.Milliseconds(stage.Gateway.SlowestGuardAnswer)}";
        page.Add(
            steady.Count == 0 ? slowest : $"{string.Join(", ", steady)} always 200; {slowest}",
            faults.Count == 0 ? DemoTone.Quiet : DemoTone.Bad
        );
    }

    private void FailWrong(List<(RouteWatch Route, Expectation Expectation)> watched, List<string> faults)
    {
        foreach ((RouteWatch? route, Expectation? expectation) in watched)
        {
            if (expectation.FirstWrongAnswer is { } wrong)
            {
                Fail($"{route} unexpectedly answered {wrong.Status}{Words(wrong)}, {expectation.Wrong} times", faults);
            }
        }
    }

    private void Fail(string fault, List<string> faults)
    {
        faults.Add(fault);
        page.Say(fault, DemoTone.Bad);
    }

    private static async Task<bool> AllMetAsync(
        IReadOnlyList<Expectation> expectations,
        TimeSpan limit,
        CancellationToken cancellationToken
    )
    {
        Task all = Task.WhenAll(expectations.Select(expectation => expectation.Met));
        await Task.WhenAny(all, Task.Delay(limit > TimeSpan.Zero ? limit : TimeSpan.Zero, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
        return all.IsCompleted;
    }

    private static string Words(TrafficAnswer answer) =>
        $"{(answer.Detail is { } detail ? $": {detail}" : "")}{(answer.RetryAfter is { } seconds ? $" Retry-After {seconds}" : "")}";
}
