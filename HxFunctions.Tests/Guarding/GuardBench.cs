using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Guarding;
using HxFunctions.Core.Routing;
using HxFunctions.Core.Snapshots;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;

namespace HxFunctions.Tests.Guarding;

/// <summary>A guard over a snapshot that the test writes and a clock that it turns. Nothing is ever checked.</summary>
internal sealed class GuardBench
{
    private readonly SnapshotBoard _board;

    /// <param name="routes">As in <c>GUARD_ROUTES</c>. The dependencies are postgres, redis and qdrant.</param>
    public GuardBench(string routes, HxSettings? settings = null)
    {
        Assert.True(GuardRules.TryParse(routes, out GuardRuleSet set, out _));
        Settings = (settings ?? new()) with { Rules = set.Rules, Exemptions = set.Exemptions };
        Dependencies = new(
            new[] { "postgres", "redis", "qdrant" }.Select(
                (name, i) =>
                    new Dependency(
                        i,
                        new HealthCheckRegistration(name, _ => throw new InvalidOperationException("Nobody checks here."), null, null),
                        TimeSpan.FromSeconds(1)
                    )
            )
        );
        _board = new(
            new(
                [.. Dependencies.Select(_ => DependencyKnowledge.Nothing)],
                null,
                StoreCondition.Usable,
                SnapshotAges.From(Settings, Dependencies, Time)
            )
        );
        Knowledge = new(Settings, _board, new GuardUse(Settings, new WakeSignal(TaskScheduler.Default), Time), Time);
        Guard = new(Settings, Dependencies, Knowledge, Time);
    }

    public FakeTimeProvider Time { get; } = new();

    public HxSettings Settings { get; }

    public DependencySet Dependencies { get; }

    public Guard Guard { get; }

    public GuardKnowledge Knowledge { get; }

    /// <summary>Makes a dependency known, as checked now.</summary>
    public GuardBench Know(string name, DependencyStatus status, string reason = "timeout", int passes = 0)
    {
        DependencyRecord record = new(
            new(status, reason, Time.GetUtcNow(), passes, 0),
            TimeSpan.FromMilliseconds(1),
            Time.GetUtcNow(),
            1,
            "test"
        );
        _board.Publish(s => s.With(Dependencies.Find(name)!.Index, new(record, Time.GetTimestamp(), null)));
        return this;
    }

    /// <summary>States of postgres, redis and qdrant: p pass, w warn/read_only, n warn/not_writable, s warn/store_unusable, d warn for
    /// another reason, f fail, u unknown.</summary>
    public GuardBench Know(string states)
    {
        foreach ((Dependency dependency, char state) in Dependencies.Zip(states))
        {
            _ = state switch
            {
                'p' => Know(dependency.Name, DependencyStatus.Pass, Reasons.Ok),
                'w' => Know(dependency.Name, DependencyStatus.Warn, Reasons.ReadOnly),
                'n' => Know(dependency.Name, DependencyStatus.Warn, Reasons.NotWritable),
                's' => Know(dependency.Name, DependencyStatus.Warn, Reasons.StoreUnusable),
                'd' => Know(dependency.Name, DependencyStatus.Warn, Reasons.Error),
                'f' => Know(dependency.Name, DependencyStatus.Fail),
                _ => this,
            };
        }

        return this;
    }

    public GuardBench Override(bool closed, TimeSpan lasts)
    {
        long endsAt = Time.GetTimestamp() + (long)(lasts.TotalSeconds * Time.TimestampFrequency);
        _board.Publish(s => s with { Override = new(new GuardOverride(closed, "test", "me", Time.GetUtcNow()), endsAt, "") });
        return this;
    }

    public GuardBench WithStore(StoreCondition condition)
    {
        _board.Publish(s => s with { Store = condition });
        return this;
    }

    /// <summary>Decides; when the guard waits for a check, lets the longest wait pass.</summary>
    public async Task<GuardDecision> DecideAsync(string path, string method = "POST")
    {
        Task<GuardDecision> decision = Guard.DecideAsync(path, method).AsTask();
        if (!decision.IsCompleted)
        {
            Time.Advance(GuardKnowledge.MaxWait);
        }

        return await decision;
    }

    public IEnumerable<string> Names(ulong mask) => Dependencies.Where(d => (mask & d.Bit) != 0).Select(d => d.Name);
}
