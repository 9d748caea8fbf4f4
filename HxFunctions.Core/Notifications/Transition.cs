using System.Security.Cryptography;
using System.Text;
using HxFunctions.Core.Dependencies;

namespace HxFunctions.Core.Notifications;

/// <summary>A change of a dependency's status.</summary>
/// <param name="Before">What was held before; <see langword="null"/>: it was unknown.</param>
/// <param name="After">What is held now.</param>
internal sealed record Transition(string Dependency, DependencyState? Before, DependencyState After)
{
    public DependencyStatus StatusBefore => Before?.Status ?? DependencyStatus.Unknown;

    /// <summary>Whether anyone should be told. That what was never looked at works is no news: each start of the app would tell
    /// it.</summary>
    public bool IsNotable =>
        StatusBefore != After.Status && (StatusBefore != DependencyStatus.Unknown || After.Status != DependencyStatus.Pass);

    /// <summary>
    /// The same on all instances that went on from the same record, so that receivers can tell a repetition: while Redis is down there is
    /// no place where instances could agree who tells. That is so for the first change; what follows goes on from a record of each
    /// instance's own.
    /// </summary>
    /// <param name="fleet">What the instances that share records have in common.</param>
    public string IdFor(string fleet)
    {
        DateTimeOffset anchor = Before?.Since ?? After.Since;
        byte[] hash = SHA256.HashData(
            Encoding.UTF8.GetBytes($"{fleet}\n{Dependency}\n{StatusBefore}\n{anchor.ToUnixTimeMilliseconds()}\n{After.Status}")
        );
        return Convert.ToHexStringLower(hash.AsSpan(0, 16));
    }
}
