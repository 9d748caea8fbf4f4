using HxFunctions.Core.Guarding;
using Microsoft.AspNetCore.Http;

namespace HxFunctions.Core.Http;

/// <summary>The last answer about each rule, to be given again while a decision would be put in the same words.</summary>
/// <remarks>
/// Every request is decided for itself; only the wording is reused. Under load one rule's decisions differ in nothing but the age that they
/// tell, and to write that down costs more than to decide. Safe for concurrent use: who loses a race writes an answer of its own.
/// </remarks>
/// <param name="rules">How many rules there are.</param>
/// <param name="make">Puts a decision in words.</param>
internal sealed class RecentAnswers(int rules, Func<GuardDecision, GuardAnswer> make)
{
    /// <summary>One per rule, and the first for paths that no rule guards.</summary>
    private readonly Entry?[] _last = new Entry?[rules + 1];

    /// <summary>The answer that tells a decision.</summary>
    public Task<IResult> For(in GuardDecision decision)
    {
        ref Entry? last = ref _last[decision.RuleIndex + 1];
        if (Volatile.Read(ref last) is { } entry && entry.Answer.Answers(decision))
        {
            return entry.Task;
        }

        Entry made = new(make(decision));
        Volatile.Write(ref last, made);
        return made.Task;
    }

    private sealed class Entry(GuardAnswer answer)
    {
        public GuardAnswer Answer => answer;

        public Task<IResult> Task { get; } = System.Threading.Tasks.Task.FromResult<IResult>(answer);
    }
}
