using System.Text;
using HxFunctions.Cli.Smoke;

namespace HxFunctions.Tests.Smoke;

/// <summary>Answers as a server would give them.</summary>
internal static class SmokeAnswers
{
    public static SmokeAnswer Json(int status, string body, string type = "application/json") =>
        new(status, type, Encoding.UTF8.GetBytes(body), false, TimeSpan.FromMilliseconds(5));
}
