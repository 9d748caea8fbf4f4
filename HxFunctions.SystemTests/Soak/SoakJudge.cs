using HxFunctions.Core.Routing;

namespace HxFunctions.SystemTests.Soak;

/// <summary>
/// Says which answers of the guard are right, by what was true when: a dependency's condition counts from the moment that it changes, and
/// the one before may be gone by until the documented bound is over. Where only one answer is left, the guard has to give exactly that.
/// </summary>
/// <param name="boundsNow">The bounds that an answer is judged by when it has come.</param>
internal sealed class SoakJudge(Func<SoakBounds> boundsNow, IReadOnlyDictionary<string, Truth> truths)
{
    public SoakJudge(SoakBounds bounds, IReadOnlyDictionary<string, Truth> truths)
        : this(() => bounds, truths) { }

    /// <param name="needs">The dependencies that the route needs; none for one that isn't guarded.</param>
    /// <param name="sent">When the request was sent.</param>
    /// <param name="received">When its answer had come.</param>
    /// <param name="missing">What the answer names; nothing when it is open.</param>
    /// <param name="isTooOld">
    /// Whether the answer says that it needs something older than it may go by. What is unknown is not named where something known closes
    /// the route. </param>
    public Judgement Judge(
        IReadOnlyList<string> needs,
        bool isRead,
        double sent,
        double received,
        bool closed,
        IReadOnlyCollection<string> missing,
        bool isTooOld = false
    )
    {
        bool mayLeaveOut = isTooOld && missing.Count > 0;
        bool exact = true;
        string? wrong = closed == (missing.Count > 0) ? null : $"{(closed ? "closed" : "open")}, and yet {missing.Count} are missing";
        foreach (string name in missing)
        {
            if (!needs.Contains(name))
            {
                wrong ??= $"{name} is missing, which the route doesn't need";
            }
        }

        foreach (string name in needs)
        {
            (bool mayBeUsable, bool mayBeMissing) = Views(name, isRead, sent, received);
            exact &= !(mayBeUsable && mayBeMissing);
            if (missing.Contains(name) ? !mayBeMissing : !mayBeUsable && !mayLeaveOut)
            {
                wrong ??=
                    $"{name} is {(missing.Contains(name) ? "missing, and was usable" : "not missing, and was not usable")} all the while";
            }
        }

        return new(wrong, exact);
    }

    private (bool Usable, bool Missing) Views(string name, bool isRead, double sent, double received)
    {
        IReadOnlyList<Truth.Change> changes = truths[name].Changes;
        bool usable = false,
            missing = false;
        for (int i = changes.Count - 1; i >= 0; i--)
        {
            if (changes[i].Begun > received || (i + 1 < changes.Count && sent > LastGoneBy(name, changes[i + 1])))
            {
                continue;
            }

            bool works = changes[i].Condition == Condition.Up || (changes[i].Condition == Condition.ReadOnly && isRead);
            usable |= works;
            missing |= !works;
        }

        return (usable, missing);
    }

    /// <summary>Until when an answer may go by what was true before a change.</summary>
    /// <remarks>
    /// Without Redis instances look at other dependencies only once an interval. So the bound of the guard's pace must fit into a time in
    /// which they can meet, or the bound of an instance on its own be over.
    /// </remarks>
    private double LastGoneBy(string name, Truth.Change change)
    {
        SoakBounds bounds = boundsNow();
        double within = change.NoticedWithin + bounds.OtherInstances;
        if (name == DependencyName.Redis)
        {
            return change.Completed + within + bounds.Margin;
        }

        double alone = change.Completed + (change.Condition == Condition.Up ? bounds.ReopenedAlone : bounds.FoundAlone);
        double latest = alone;
        IReadOnlyList<Truth.Change> redis = truths[DependencyName.Redis].Changes;
        for (int i = 0; i < redis.Count; i++)
        {
            if (redis[i].Condition != Condition.Up)
            {
                continue;
            }

            double begin = Math.Max(change.Completed, redis[i].Completed + redis[i].NoticedWithin + bounds.OtherInstances);
            double end = i + 1 < redis.Count ? redis[i + 1].Begun : double.PositiveInfinity;
            if (begin + within <= end)
            {
                latest = Math.Min(latest, begin + within);
            }
        }

        return latest + bounds.Margin;
    }
}

/// <param name="Wrong">What is wrong with the answer; <see langword="null"/> when it is right.</param>
/// <param name="Exact">Whether only one answer was right.</param>
internal readonly record struct Judgement(string? Wrong, bool Exact);
