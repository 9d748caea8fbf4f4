using System.Security.Cryptography;

namespace HxFunctions.Core.Snapshots;

/// <summary>This process among its fleet: random, for a host's name is nobody's business.</summary>
internal sealed record InstanceId(string Value)
{
    public static InstanceId New() => new(RandomNumberGenerator.GetHexString(12, lowercase: true));
}
