namespace HxFunctions.Tests.Gateways;

/// <summary>Answers as the guard and the ready gateways give them.</summary>
internal static class GuardWords
{
    public const string Problem = "application/problem+json";

    public static string OfType(string type) =>
        $$"""{"type":"urn:hxfunctions:problem:{{type}}","title":"Service Unavailable","status":503,"verdict":"closed"}""";

    public static string Canary { get; } = RawServer.Say(503, OfType("canary"), Problem);

    public static string Unreachable { get; } = RawServer.Say(503, OfType("guard-unreachable"), Problem);

    public static string Dependency { get; } = RawServer.Say(503, OfType("dependency-unavailable"), Problem);
}
