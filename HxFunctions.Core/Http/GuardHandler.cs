using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Guarding;
using HxFunctions.Core.Routing;
using HxFunctions.Core.Telemetry;
using Microsoft.AspNetCore.Http;

namespace HxFunctions.Core.Http;

/// <summary>What <c>/guard</c> and its relatives answer.</summary>
internal sealed class GuardHandler(Guard guard, DependencySet dependencies, HxSettings settings, HxMeter meter)
{
    private readonly RetryAdvice _advice = new(settings);
    private readonly string _mode = settings.GuardMode.Wire();

    /// <summary><c>/guard</c>: the verdict for the path and method that one family of parameters or headers names.</summary>
    public Task<IResult> GuardAsync(HttpRequest request) =>
        GuardedRequest.TryRead(request, out GuardedRequest guarded, out string? problem)
            ? AnswerAsync(guarded, asCheck: false)
            : Task.FromResult<IResult>(ProblemAnswer.BadRequest(problem!));

    /// <summary><c>/guard/check/{*path}</c>: the same with 403 for 503; without a family of headers, path and method are the request's
    /// own.</summary>
    public Task<IResult> CheckAsync(HttpRequest request) =>
        GuardedRequest.TryReadForCheck(request, out GuardedRequest guarded, out string? problem)
            ? AnswerAsync(guarded, asCheck: true, hasProblemHeader: HttpMethods.IsHead(request.Method))
            : Task.FromResult<IResult>(ProblemAnswer.BadRequest(problem!));

    /// <summary><c>/guard/verdicts</c>: every rule with its verdict for reads and for writes.</summary>
    public async Task<IResult> VerdictsAsync()
    {
        List<(GuardRule Rule, GuardDecision Read, GuardDecision Write)> verdicts = [];
        for (int i = 0; i < guard.Rules.Count; i++)
        {
            verdicts.Add((guard.Rules[i], await guard.DecideAsync(i, isRead: true), await guard.DecideAsync(i, isRead: false)));
        }

        GuardDecision canary = guard.DecideOnCanary();
        verdicts.Add((Canary.Rule, canary, canary));
        return new VerdictsAnswer(verdicts, dependencies, settings);
    }

    private async Task<IResult> AnswerAsync(GuardedRequest guarded, bool asCheck, bool hasProblemHeader = false)
    {
        GuardDecision decision = await guard.DecideAsync(guarded.Path, guarded.Method, guarded.AlternativePaths);
        if (!decision.IsCanary)
        {
            Count(decision);
        }

        return new GuardAnswer(decision, dependencies, _advice, settings, asCheck, guarded.IsByHeaders)
        {
            HasProblemHeader = hasProblemHeader,
        };
    }

    private void Count(in GuardDecision decision)
    {
        // In shadow mode what counts is what would have been refused.
        bool closed = decision.Closed || (decision.Mode == GuardMode.Shadow && !decision.IsOverridden && decision.VerdictIsClosed);
        meter.Decision(decision.Rule?.Series, closed, _mode);
        HxActivities.SetDecision(decision.Rule?.Route, closed, _mode);
    }
}
